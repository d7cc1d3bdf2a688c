/**
 * Keys for a list of hits: J and K go to the next and the one before, O opens it, X ticks it for comparing.
 * Without this module every hit is reached by its links. [data-hit] is around each.
 */
import { isWriting } from "./keyboard.js";

const hits = [...document.querySelectorAll("[data-hit]")];

function go(step) {
  const at = hits.findIndex((hit) => hit.contains(document.activeElement));
  const next = hits[Math.min(hits.length - 1, Math.max(0, at + step))];
  next.tabIndex = -1;
  next.focus();
}

const current = () => hits.find((hit) => hit.contains(document.activeElement));
const keys = {
  j: () => go(1),
  k: () => go(-1),
  o: () => current()?.querySelector(".passage__label")?.click(),
  x: () => current()?.querySelector("input[type=checkbox]")?.click(),
};

document.addEventListener("keydown", (event) => {
  const pressed = keys[event.key];
  const field = event.target instanceof Element && event.target.matches("input[type=checkbox]");
  if (!pressed || !hits.length || event.ctrlKey || event.metaKey || event.altKey || (isWriting(event.target) && !field)) return;
  if (document.querySelector("dialog[open]")) return;
  event.preventDefault();
  pressed();
});
