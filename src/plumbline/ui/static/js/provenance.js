/**
 * A value opens its passage beside it: on hover, focus or tap of an [data-provenance] link. The passage is what the
 * link's address answers to a request with the header `HX-Request: true` (a fragment, no frame). Escape closes.
 * A second tap, Enter, or a missing connection follows the link.
 */
const WAIT = 250;
const kept = new Map();

async function passageAt(address) {
  if (!kept.has(address)) {
    const answer = await fetch(address, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok) throw new Error(String(answer.status));
    kept.set(address, await answer.text());
  }
  return kept.get(address);
}

function place(box, link) {
  const at = link.getBoundingClientRect();
  const rtl = getComputedStyle(link).direction === "rtl";
  const start = rtl ? at.right - box.offsetWidth : at.left;
  const left = Math.max(12, Math.min(start, document.documentElement.clientWidth - box.offsetWidth - 12));
  const below = at.bottom + box.offsetHeight + 8 < innerHeight || at.top < box.offsetHeight;
  box.style.left = `${left + scrollX}px`;
  box.style.top = `${(below ? at.bottom + 6 : at.top - box.offsetHeight - 6) + scrollY}px`;
}

export function watchProvenance(page) {
  let box = null, owner = null, timer = 0, byTouch = false;

  const close = () => {
    clearTimeout(timer);
    owner?.removeAttribute("aria-expanded");
    box?.remove();
    box = owner = null;
  };
  const open = async (link) => {
    if (owner === link) return;
    close();
    owner = link;
    let words;
    try {
      words = await passageAt(link.href);
    } catch {
      if (owner === link) owner = null;
      return;
    }
    if (owner !== link) return;
    box = page.createElement("div");
    box.className = "popover";
    box.role = "group";
    box.ariaLabel = link.textContent.trim();
    box.innerHTML = words;
    page.body.append(box);
    link.setAttribute("aria-expanded", "true");
    box.addEventListener("pointerenter", () => clearTimeout(timer));
    box.addEventListener("pointerleave", later);
    place(box, link);
  };
  const later = () => { clearTimeout(timer); timer = setTimeout(close, WAIT); };
  const linkOf = (event) => event.target instanceof Element ? event.target.closest("[data-provenance]") : null;

  page.addEventListener("pointerover", (event) => {
    const link = linkOf(event);
    if (!link || event.pointerType === "touch") return;
    clearTimeout(timer);
    timer = setTimeout(open, WAIT, link);
  });
  page.addEventListener("pointerout", (event) => { if (linkOf(event)) later(); });
  page.addEventListener("pointerdown", (event) => {
    byTouch = event.pointerType === "touch";
    if (box && !box.contains(event.target) && !linkOf(event)) close();
  });
  page.addEventListener("focusin", (event) => {
    const link = linkOf(event);
    if (link && !byTouch && link.matches(":focus-visible")) open(link);
    else if (owner && !box?.contains(event.target)) close();
  });
  page.addEventListener("click", (event) => {
    const link = linkOf(event);
    if (!link || !byTouch || owner === link) return;
    event.preventDefault();
    open(link).then(() => { if (owner !== link) location.assign(link.href); });
  });
  page.addEventListener("keydown", (event) => { if (event.key === "Escape") close(); });
}
