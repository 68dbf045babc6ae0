/** How much a leader asks of its engine in one page. */
export const SCAN_BYTES_MAX = 4 * 1024 * 1024;
export const SCAN_ROWS_MAX = 4_096;
