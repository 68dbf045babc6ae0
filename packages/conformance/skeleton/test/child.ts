import { plugin } from '../src/index.js';

export const open = plugin.open.bind(plugin);
