/**
 * Plays a map of countries over the years. Written by the macro `player` in ui/work.html.
 *
 * `data-frames` holds {years, names: {code: name}, levels: {code: a digit for each year}, values: {code: [number]}}. Shapes of
 * the map bear `data-code`. While a year is shown, the player's own scale takes the place of the legend; 'stop' puts the map
 * back as it came. Without JavaScript the player stays hidden: the form above the map chooses years.
 */
const STEP = 900;

class Player {
  constructor(element) {
    this.element = element;
    this.frames = JSON.parse(element.dataset.frames);
    const figure = document.querySelector("figure.world");
    this.legend = figure.querySelector(".world__legend");
    this.scale = element.querySelector("[data-play-scale]");
    this.button = element.querySelector("[data-play]");
    this.slider = element.querySelector("input");
    this.year = element.querySelector("output");
    this.shapes = [...figure.querySelectorAll("[data-code]")].map((holder) => ({
      code: holder.dataset.code, title: holder.querySelector("title"), words: holder.querySelector("title").textContent,
      paints: [...holder.querySelectorAll("use, circle")].map((shape) => ({ shape, kind: shape.getAttribute("class"), fill: shape.getAttribute("fill") })),
      holder, name: holder.getAttribute("aria-label"),
    }));
    this.button.addEventListener("click", () => (this.timer ? this.stop() : this.play()));
    this.slider.addEventListener("input", () => { this.pause(); this.show(Number(this.slider.value)); });
    element.hidden = false;
  }

  play() {
    this.button.firstElementChild.textContent = this.element.dataset.stop;
    let at = 0;
    this.show(at);
    this.timer = setInterval(() => {
      at += 1;
      if (at < this.frames.years.length) this.show(at); else this.stop();
    }, STEP);
  }

  pause() {
    clearInterval(this.timer);
    this.timer = null;
    this.button.firstElementChild.textContent = this.element.dataset.start;
  }

  stop() {
    this.pause();
    this.year.textContent = "";
    this.slider.value = "0";
    this.slider.removeAttribute("aria-valuetext");
    this.legend.hidden = false;
    this.scale.hidden = true;
    for (const one of this.shapes) {
      for (const { shape, kind, fill } of one.paints) paint(shape, kind, fill);
      this.say(one, one.words);
    }
  }

  show(at) {
    const { years, names, levels, values } = this.frames;
    const number = new Intl.NumberFormat(document.documentElement.lang, { numberingSystem: "latn", maximumSignificantDigits: 3 });
    this.year.textContent = years[at];
    this.slider.value = String(at);
    this.slider.setAttribute("aria-valuetext", years[at]);
    this.legend.hidden = true;
    this.scale.hidden = false;
    for (const one of this.shapes) {
      const level = levels[one.code]?.[at] ?? "0";
      for (const { shape } of one.paints) level === "0" ? paint(shape, null, "url(#zero)") : paint(shape, `area-${level}`, null);
      this.say(one, `${names[one.code] ?? one.code}: ${number.format(values[one.code]?.[at] ?? 0)}`);
    }
  }

  say(one, words) {
    one.title.textContent = words;
    if (one.name !== null) one.holder.setAttribute("aria-label", words);
  }
}

function paint(shape, kind, fill) {
  for (const [name, value] of [["class", kind], ["fill", fill]]) value === null ? shape.removeAttribute(name) : shape.setAttribute(name, value);
}

for (const element of document.querySelectorAll("[data-player]")) new Player(element);
