/** Copies the citation beside a [data-copy] button, and says so on the button itself. */
export function watchCopies(page) {
  if (!navigator.clipboard) return;
  for (const button of page.querySelectorAll("[data-copy]")) button.hidden = false;
  page.addEventListener("click", async (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-copy]") : null;
    if (!button) return;
    const words = button.querySelector("span");
    const before = (button.dataset.label ??= words.textContent);
    await navigator.clipboard.writeText(button.parentElement.querySelector("[data-citation]").textContent.replace(/\s+/g, " ").trim());
    words.textContent = button.dataset.done;
    words.setAttribute("role", "status");
    setTimeout(() => { words.textContent = before; }, 2500);
  });
}

/** [data-opens=id] opens a dialog instead of following its link. */
export function watchDialogs(page) {
  page.addEventListener("click", (event) => {
    const opener = event.target instanceof Element ? event.target.closest("[data-opens]") : null;
    const dialog = opener && page.getElementById(opener.dataset.opens);
    if (!dialog) return;
    event.preventDefault();
    dialog.showModal();
  });
}

/** Menus close on Escape, and when something else is pressed. */
export function watchMenus(page) {
  const open = () => page.querySelectorAll("details[data-menu][open], details.sheet[open]");
  page.addEventListener("click", (event) => { for (const menu of open()) if (!menu.contains(event.target)) menu.open = false; });
  page.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of open()) { menu.open = false; menu.querySelector("summary").focus(); }
  });
}

/** An error summary takes the focus when the page comes back. */
export function watchFocus(page) {
  page.querySelector("main [data-focus]:not([data-gallery] *)")?.focus();
}

/** Shows [data-offline] while there is no connection. */
export function watchConnection(page) {
  const tell = () => { for (const notice of page.querySelectorAll("[data-offline]")) notice.hidden = navigator.onLine; };
  addEventListener("online", tell);
  addEventListener("offline", tell);
  tell();
}
