/** Says whether a key was meant for a field being written in. */
export function isWriting(target) {
  return target instanceof Element && target.closest("input, textarea, select, [contenteditable]") !== null;
}

/** `/` goes to the search box of the page. */
export function watchKeys(page) {
  page.addEventListener("keydown", (event) => {
    if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    const search = page.querySelector("[data-search]");
    if (!search) return;
    event.preventDefault();
    search.focus();
    search.select();
  });
}

/** A letter presses the first [data-press=letter] of the page, unless something is being written or a dialog is open. */
export function watchPresses(page) {
  page.addEventListener("keydown", (event) => {
    if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey || isWriting(event.target)) return;
    if (page.querySelector("dialog[open]")) return;
    const pressed = page.querySelector(`[data-press="${CSS.escape(event.key.toLowerCase())}"]`);
    if (!pressed) return;
    event.preventDefault();
    pressed.click();
  });
}
