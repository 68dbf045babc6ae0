/** Something that may happen next. Its label identifies it among all that may happen at that state. */
export interface Transition {
  readonly label: string;
  /** What it reads or changes: components, messages, allowances that it shares with others. */
  readonly touches: readonly string[];
}

/**
 * Whether the order of two transitions may matter. Those that touch nothing in common commute, and neither makes the other one possible
 * or impossible: a component's next step follows from its own state and from what is delivered to it.
 */
export function areDependent(a: Transition, b: Transition): boolean {
  return a.touches.some((what) => b.touches.includes(what));
}
