/**
 * Makes every page a little better; nothing here is needed to use it.
 * Each module looks for its data-attributes in the page and does nothing where they are missing.
 */
import { watchKeys, watchPresses } from "./keyboard.js";
import { watchPalette } from "./palette.js";
import { watchProvenance } from "./provenance.js";
import { watchDrops } from "./drop.js";
import { watchCopies, watchDialogs, watchMenus, watchFocus, watchConnection } from "./small.js";

for (const watch of [watchKeys, watchPresses, watchPalette, watchProvenance, watchDrops, watchCopies, watchDialogs, watchMenus, watchFocus, watchConnection]) watch(document);
