export { createDataFolder, namesIn, openDataFolder, writeLayout, type OpenSettings } from './data-folder.js';
export { configOf, LAYOUT_FILE, readLayout, type Layout, type LayoutShard, type LayoutSplit } from './layout-file.js';
