/**
 * Ctrl K (or Cmd K): a list of what this page can do. Reads [data-action] elements, links of the navigation and the
 * headings of main; choosing one presses, follows or goes to it. The dialog is written by ui/frame.html.
 */
function entries(page) {
  const seen = new Set();
  const found = [];
  const add = (element, words, run) => {
    const label = words.replace(/\s+/g, " ").trim();
    if (!label || seen.has(label) || !element.checkVisibility?.({ visibilityProperty: true })) return;
    seen.add(label);
    found.push({ label, run });
  };
  for (const element of page.querySelectorAll("main [data-action], main .tabs a")) {
    add(element, element.querySelector("span")?.textContent ?? element.textContent, () => element.click());
  }
  for (const heading of page.querySelectorAll("main h2, main h3")) {
    add(heading, heading.textContent, () => goTo(heading));
  }
  for (const link of page.querySelectorAll(".side a, .crumbs a")) add(link, link.textContent, () => link.click());
  return found;
}

function goTo(heading) {
  heading.tabIndex = -1;
  heading.scrollIntoView({ block: "start" });
  heading.focus({ preventScroll: true });
}

function draw(list, items, chosen, empty) {
  list.replaceChildren(
    ...items.map((item, index) => {
      const line = document.createElement("li");
      line.className = "palette__item";
      line.id = `palette-${index}`;
      line.role = "option";
      line.ariaSelected = String(index === chosen);
      line.textContent = item.label;
      return line;
    }),
  );
  if (!items.length) {
    const line = document.createElement("li");
    line.className = "palette__item quiet";
    line.textContent = empty;
    list.append(line);
  }
}

export function watchPalette(page) {
  const dialog = page.querySelector("[data-palette]");
  if (!dialog) return;
  const [input, list] = [dialog.querySelector("input"), dialog.querySelector("ul")];
  let all = [], shown = [], chosen = 0;

  const show = () => {
    const words = input.value.toLocaleLowerCase();
    shown = all.filter((item) => item.label.toLocaleLowerCase().includes(words)).slice(0, 40);
    chosen = Math.max(0, Math.min(chosen, shown.length - 1));
    draw(list, shown, chosen, dialog.dataset.empty);
    input.setAttribute("aria-activedescendant", shown.length ? `palette-${chosen}` : "");
    list.children[chosen]?.scrollIntoView({ block: "nearest" });
  };
  const run = (index) => {
    const item = shown[index];
    dialog.close();
    item?.run();
  };

  page.addEventListener("keydown", (event) => {
    if (event.key.toLowerCase() !== "k" || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    if (dialog.open) return dialog.close();
    all = entries(page);
    input.value = "";
    chosen = 0;
    dialog.showModal();
    show();
  });
  input.addEventListener("input", () => { chosen = 0; show(); });
  input.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.preventDefault();
      dialog.close();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      chosen += event.key === "ArrowDown" ? 1 : -1;
      show();
    } else if (event.key === "Enter") {
      event.preventDefault();
      run(chosen);
    }
  });
  list.addEventListener("click", (event) => run([...list.children].indexOf(event.target.closest("li"))));
}
