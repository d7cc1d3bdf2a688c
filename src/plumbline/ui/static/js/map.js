/**
 * The map beside a list. Written by the macro `map` in ui/work.html, which documents the addresses and their answers.
 *
 * No tiles: world shapes of this installation on a quiet ground. Asks `data-url` with `bbox` and `zoom` (and the page's
 * own query) whenever the view has moved; draws counts and points; writes what is on screen into the list. A drawn box
 * becomes `bbox` in the page's address, so that list, chart and timeline are limited by the same words.
 * Borders between the pairs of `data-unsettled` are dashed; where only part of a border is not settled, a box limits it.
 */
const say = (words, values) => words.replace(/\{(\w+)\}/g, (_all, name) => values[name]);
const count = (value) => new Intl.NumberFormat(document.documentElement.lang, { numberingSystem: "latn" }).format(value);

const isPair = ([p, q], a, b) => {
  const [one, other] = [a.properties?.a3, b.properties?.a3];
  return (p === one && q === other) || (p === other && q === one);
};

/** Splits the shared borders of the shapes into settled and unsettled lines. */
function borders(world, unsettled) {
  const shapes = world.objects.countries;
  const lines = { settled: topojson.mesh(world, shapes, (a, b) => a !== b && !unsettled.some((pair) => isPair(pair, a, b))).coordinates, unsettled: [] };
  const names = new Set(unsettled.map(([p, q]) => `${p} ${q}`));
  for (const name of names) {
    const pair = name.split(" ");
    const boxes = unsettled.filter(([p, q]) => `${p} ${q}` === name).map(([, , box]) => box);
    const within = ([x, y]) => boxes.some((box) => !box || (x >= box[0] && y >= box[1] && x <= box[2] && y <= box[3]));
    for (const line of topojson.mesh(world, shapes, (a, b) => a !== b && isPair(pair, a, b)).coordinates) cut(line, within, lines);
  }
  return lines;
}

/** Cuts one line where it enters or leaves the unsettled part, and adds the pieces to `lines`. */
function cut(line, within, lines) {
  let piece = null, before = null;
  for (let at = 1; at < line.length; at += 1) {
    const kind = within(line[at]) ? "unsettled" : "settled";
    if (kind === before) piece.push(line[at]);
    else lines[kind].push((piece = [line[at - 1], line[at]]));
    before = kind;
  }
}

/** Makes a ring that crosses the 180th meridian continuous; one that goes round a pole is closed over the pole. */
function unwrapped(ring) {
  let turn = 0;
  const line = ring.map(([x, y], at) => {
    const step = at ? x - ring[at - 1][0] : 0;
    if (Math.abs(step) > 180) turn += step > 0 ? -360 : 360;
    return [x + turn, y];
  });
  if (turn) line.push([line.at(-1)[0], -90], [line[0][0], -90], line[0]);
  return line;
}

/** The land as polygons that can be drawn flat, with a second copy of what crosses the 180th meridian. */
function landOf(world) {
  const found = topojson.feature(world, world.objects.land);
  const shapes = (found.features ?? [found]).flatMap(({ geometry }) => (geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates));
  const flat = shapes.map((rings) => rings.map(unwrapped));
  const copies = [-360, 360].flatMap((shift) =>
    flat.filter((rings) => rings[0].some(([x]) => Math.abs(x + shift) <= 180 && Math.abs(x) > 180))
      .map((rings) => rings.map((ring) => ring.map(([x, y]) => [x + shift, y]))));
  return { type: "MultiPolygon", coordinates: [...flat, ...copies] };
}

class EvidenceMap {
  constructor(element) {
    this.element = element;
    this.words = JSON.parse(element.dataset.words);
    this.list = element.querySelector("[data-map-list]");
    this.total = element.querySelector("[data-map-count]");
    element.dataset.ready = "";
    this.map = L.map(element.querySelector(".map__ground"), {
      zoomControl: false, attributionControl: false, minZoom: 1, maxZoom: 10, worldCopyJump: true, zoomSnap: 0.5,
      fadeAnimation: false, zoomAnimation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    });
    L.control.zoom({ position: "bottomleft", zoomInTitle: this.words.zoomIn, zoomOutTitle: this.words.zoomOut }).addTo(this.map);
    this.marks = L.layerGroup().addTo(this.map);
    this.begin();
    this.ground();
    this.map.on("moveend", () => this.fill());
    this.drawing();
    this.fill();
  }

  begin() {
    const box = this.element.dataset.bbox.split(",").map(Number);
    if (box.length === 4 && box.every(Number.isFinite)) {
      this.box = L.rectangle([[box[1], box[0]], [box[3], box[2]]], { className: "map__box", interactive: false }).addTo(this.map);
      this.map.fitBounds(this.box.getBounds().pad(0.1));
    } else {
      this.map.setView([18, 12], this.element.clientWidth < 700 ? 1 : 1.5);
    }
  }

  async ground() {
    const far = matchMedia("(max-width: 56rem)").matches;
    const answer = await fetch(far ? this.element.dataset.shapesFar : this.element.dataset.shapesNear);
    const world = await answer.json();
    const draw = (data, className) => L.geoJSON(data, { interactive: false, style: { className, stroke: true, fill: className === "map__land" } }).addTo(this.map).bringToBack();
    const { settled, unsettled } = borders(world, JSON.parse(this.element.dataset.unsettled));
    draw({ type: "MultiLineString", coordinates: unsettled }, "map__border map__border--disputed");
    draw({ type: "MultiLineString", coordinates: settled }, "map__border");
    draw(landOf(world), "map__land");
  }

  address() {
    const bounds = this.map.getBounds();
    const address = new URL(this.element.dataset.url, location.href);
    for (const [key, value] of new URLSearchParams(location.search)) if (key !== "bbox" && key !== "page") address.searchParams.append(key, value);
    const limits = [Math.max(bounds.getWest(), -180), Math.max(bounds.getSouth(), -90), Math.min(bounds.getEast(), 180), Math.min(bounds.getNorth(), 90)];
    address.searchParams.set("bbox", limits.map((value) => value.toFixed(4)).join(","));
    address.searchParams.set("zoom", String(Math.round(this.map.getZoom())));
    return address;
  }

  async fill() {
    this.asked?.abort();
    this.asked = new AbortController();
    try {
      const answer = await fetch(this.address(), { signal: this.asked.signal, headers: { Accept: "application/json" } });
      if (!answer.ok) throw new Error(String(answer.status));
      this.show(await answer.json());
    } catch (error) {
      if (error.name !== "AbortError") this.total.textContent = this.words.failed;
    }
  }

  show({ clusters, points }) {
    this.marks.clearLayers();
    for (const cluster of clusters) this.cluster(cluster);
    for (const point of points) this.point(point);
    const total = clusters.reduce((sum, cluster) => sum + cluster.count, 0) + points.length;
    this.total.textContent = total ? say(this.words.shown, { count: count(total) }) : this.words.nothing;
    const spots = clusters.filter((cluster) => cluster.url).map(({ count: many, url }) => ({ url, title: say(this.words.here, { count: count(many) }) }));
    this.list.replaceChildren(...[...points.slice(0, 200), ...spots].map((point) => this.line(point)));
    if (clusters.length > spots.length) {
      const more = document.createElement("li");
      more.className = "quiet";
      more.textContent = this.words.more;
      this.list.append(more);
    }
  }

  line(point) {
    const item = document.createElement("li");
    const link = Object.assign(document.createElement("a"), { href: point.url, textContent: point.title, dir: "auto" });
    item.append(link);
    return item;
  }

  cluster({ lat, lon, count: many, bbox, url }) {
    const side = Math.round(24 + 9 * Math.log10(many + 1) * 1.6);
    const name = say(this.words.here, { count: count(many) });
    const html = Object.assign(document.createElement("span"), { textContent: count(many) });
    const mark = L.marker([lat, lon], { icon: L.divIcon({ className: "map__cluster", html, iconSize: [side, side] }), keyboard: true, title: name, alt: name });
    const open = () => url ? location.assign(url) : this.map.fitBounds([[bbox[1], bbox[0]], [bbox[3], bbox[2]]], { padding: [40, 40], maxZoom: Math.min(this.map.getZoom() + 4, 10) });
    mark.on("click", open).on("keypress", (event) => event.originalEvent.key === "Enter" && open()).addTo(this.marks);
    mark.getElement()?.setAttribute("aria-label", name);
  }

  point({ lat, lon, title, url, status }) {
    const kind = status === "proposed" ? "map__point map__point--proposed" : "map__point";
    const mark = L.marker([lat, lon], { icon: L.divIcon({ className: kind, iconSize: [16, 16] }), keyboard: true, title, alt: title });
    const words = Object.assign(document.createElement("span"), { textContent: title, dir: "auto" });
    mark.bindTooltip(words, { direction: "top", offset: [0, -6] });
    mark.on("click", () => location.assign(url)).on("keypress", (event) => event.originalEvent.key === "Enter" && location.assign(url));
    mark.addTo(this.marks).getElement()?.setAttribute("aria-label", title);
  }

  /** 'Draw a box': the next drag sets `bbox` in the address of the page. */
  drawing() {
    const [draw, clear] = [this.element.querySelector("[data-map-draw]"), this.element.querySelector("[data-map-clear]")];
    draw.hidden = false;
    let from = null, shape = null;
    const set = (on) => {
      draw.ariaPressed = String(on);
      this.element.classList.toggle("map--drawing", on);
      this.map.dragging[on ? "disable" : "enable"]();
    };
    draw.addEventListener("click", () => set(draw.ariaPressed !== "true"));
    clear.addEventListener("click", () => this.goTo(null));
    this.map.on("mousedown", (event) => { if (draw.ariaPressed === "true") from = event.latlng; });
    this.map.on("mousemove", (event) => {
      if (!from) return;
      shape?.remove();
      shape = L.rectangle([from, event.latlng], { className: "map__box", interactive: false }).addTo(this.map);
    });
    this.map.on("mouseup", () => {
      if (!shape) { from = null; return; }
      const bounds = shape.getBounds();
      this.goTo([bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()]);
    });
  }

  goTo(box) {
    const address = new URL(location.href);
    address.searchParams.delete("page");
    if (box) address.searchParams.set("bbox", box.map((value) => value.toFixed(3)).join(","));
    else address.searchParams.delete("bbox");
    location.assign(address);
  }
}

for (const element of document.querySelectorAll("[data-map]")) new EvidenceMap(element);
