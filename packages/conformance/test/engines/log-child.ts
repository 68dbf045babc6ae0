import { LOG_VARIANTS, type LogVariant } from './log-variants.js';

/** Opened by a process that is going to be killed. */
export async function open({ file, variant }: { readonly file: string; readonly variant: LogVariant }): Promise<unknown> {
  return new LOG_VARIANTS[variant](file);
}
