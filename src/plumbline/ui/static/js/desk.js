/**
 * The review desk. Written by the macro `desk` in ui/work.html; without this module every field is an ordinary form.
 *
 * Contract (data-attributes):
 *   [data-desk]                 the desk; data-next is the address of the next record
 *   [data-text][data-start]     a stretch of the work's text and nothing else; data-start is its first character's offset
 *                               in the work, counted in characters (code points), as the server counts
 *   [data-passage]              around a [data-text]: the passage it is; words of two passages are not taken
 *   mark[data-key]              a highlighted span that gave the fields of these keys (space by space) their value
 *   form[data-key]              a field; posts field, claim, decision (accept|reject|edit|span), value, passage, start, end;
 *                               fields of which nothing is said stand in a details, which opens where the address names one
 *
 * Posts with `fetch` and the headers `Accept: application/json`, `HX-Request: true`. Answer: {status, value, text?} where
 * `value` is what to show, {url} to read the page anew at that field, or {message} that says what was wrong; any other
 * answer falls back to an ordinary submit, so the server may always redirect.
 *
 * Keys: Enter accepts, R rejects, E edits, arrows move, N goes to the next record. Selecting text sets the active field.
 */
import { isWriting } from "./keyboard.js";

const points = (words) => Array.from(words).length;

/** Passage and offsets in the work of the selected text, or null where nothing inside one passage is selected. */
export function selectedSpan(selection) {
  if (!selection || selection.isCollapsed || !selection.rangeCount) return null;
  const range = selection.getRangeAt(0);
  const [from, to] = [offsetOf(range.startContainer, range.startOffset), offsetOf(range.endContainer, range.endOffset)];
  const [passage, last] = [passageOf(range.startContainer), passageOf(range.endContainer)];
  return from === null || to === null || from >= to || passage !== last ? null : { passage, start: from, end: to };
}

function passageOf(node) {
  return (node instanceof Element ? node : node.parentElement)?.closest("[data-passage]")?.dataset.passage ?? "";
}

const keysOf = (mark) => mark.dataset.key.split(" ");

function offsetOf(node, offset) {
  const holder = (node instanceof Element ? node : node.parentElement)?.closest("[data-text]");
  if (!holder) return null;
  const before = document.createRange();
  before.selectNodeContents(holder);
  before.setEnd(node, offset);
  return Number(holder.dataset.start) + points(before.toString());
}

class Desk {
  constructor(element) {
    this.element = element;
    this.fields = [...element.querySelectorAll("form[data-key]")];
    element.addEventListener("focusin", (event) => this.activate(event.target.closest("form[data-key]")));
    element.addEventListener("submit", (event) => this.submitted(event));
    element.addEventListener("click", (event) => this.pressed(event));
    element.querySelector(".desk__text").addEventListener("pointerup", () => this.selected());
    document.addEventListener("keydown", (event) => this.key(event));
    element.dataset.ready = "";
    const named = this.named();
    const folded = named?.closest(".desk__unsaid");
    if (folded && !folded.open) {
      folded.open = true;
      named.scrollIntoView({ block: "nearest" });
    }
    this.activate(named ?? this.first());
  }

  /** The field that the address names. */
  named() {
    const key = decodeURIComponent(location.hash).replace(/^#desk-/, "");
    return this.fields.find((field) => field.dataset.key === key);
  }

  /** The first field that waits. */
  first() {
    return this.fields.find((field) => field.querySelector(".status--proposed")) ?? this.fields[0];
  }

  activate(field) {
    if (!field || field === this.active) return;
    this.active?.removeAttribute("data-active");
    this.active = field;
    field.setAttribute("data-active", "");
    let first = null;
    for (const mark of this.element.querySelectorAll("mark[data-key]")) {
      const mine = keysOf(mark).includes(field.dataset.key);
      mark.classList.toggle("highlight--current", mine);
      mark.classList.toggle("highlight--claim", !mine);
      first ??= mine ? mark : null;
    }
    first?.scrollIntoView({ block: "nearest" });
  }

  move(step) {
    const shown = this.fields.filter((field) => !field.closest("details.desk__unsaid:not([open])"));
    const index = shown.indexOf(this.active) + step;
    shown[Math.max(0, Math.min(index, shown.length - 1))]?.focus();
  }

  pressed(event) {
    const mark = event.target.closest("mark[data-key]");
    if (mark && getSelection()?.isCollapsed !== false) this.fields.find((field) => keysOf(mark).includes(field.dataset.key))?.focus();
  }

  selected() {
    const selection = getSelection();
    const span = selectedSpan(selection);
    if (!span || !this.active) return;
    this.send(this.active, { decision: "span", value: selection.toString().trim(), ...span });
  }

  submitted(event) {
    const decision = event.submitter?.value;
    if (!decision) return;
    event.preventDefault();
    this.send(event.target, { decision });
  }

  async send(field, changes) {
    const body = new FormData(field);
    for (const [name, value] of Object.entries(changes)) body.set(name, value);
    field.ariaBusy = "true";
    try {
      const answer = await fetch(field.action, { method: "POST", body, headers: { Accept: "application/json", "HX-Request": "true" } });
      if (!answer.headers.get("Content-Type")?.includes("json")) throw new Error("not JSON");
      this.show(field, await answer.json(), changes.decision);
    } catch {
      this.submitPlainly(field, changes);
    } finally {
      field.ariaBusy = "false";
    }
  }

  submitPlainly(field, changes) {
    for (const [name, value] of Object.entries(changes)) {
      const input = field.elements.namedItem(name);
      if (input instanceof HTMLInputElement) input.value = value;
      else {
        const added = Object.assign(document.createElement("input"), { type: "hidden", name, value });
        field.append(added);
      }
    }
    HTMLFormElement.prototype.submit.call(field);
  }

  show(field, answer, decision) {
    if (answer.url) {
      history.replaceState(null, "", answer.url);
      location.reload();
      return;
    }
    const status = field.querySelector(".status");
    if (answer.status) {
      status.className = `status status--${answer.status}`;
      status.lastChild.textContent = answer.text ?? answer.status;
    } else if (answer.message) {
      status.className = "status status--failed";
      status.lastChild.textContent = answer.message;
      return;
    }
    if (answer.value) field.classList.remove("desk-field--unsaid");
    if (answer.value !== undefined) field.querySelector(".desk-field__value bdi").textContent = answer.value;
    field.querySelector("details").open = false;
    getSelection()?.removeAllRanges();
    if (decision !== "span") this.move(1);
    else field.focus();
  }

  key(event) {
    if (isWriting(event.target) || event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]")) return;
    const inside = event.target === document.body || this.element.contains(event.target);
    if (!inside) return;
    const onControl = event.target.closest("a, button, summary");
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps && !event.target.closest(".desk__text")) this.move(steps[event.key]);
    else if (event.key === "Enter" && !onControl) this.send(this.active, { decision: "accept" });
    else if (event.key.toLowerCase() === "r") this.send(this.active, { decision: "reject" });
    else if (event.key.toLowerCase() === "e") this.edit();
    else if (event.key.toLowerCase() === "n") location.assign(this.element.dataset.next);
    else return;
    event.preventDefault();
  }

  edit() {
    const details = this.active.querySelector("details");
    details.open = true;
    const input = details.querySelector("input");
    input.focus();
    input.select();
  }
}

for (const element of document.querySelectorAll("[data-desk]")) new Desk(element);
