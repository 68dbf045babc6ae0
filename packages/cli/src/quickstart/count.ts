/** How many there are. */
export async function countAll(items: AsyncIterable<unknown> | Iterable<unknown>): Promise<number> {
  let count = 0;
  // eslint-disable-next-line @typescript-eslint/no-unused-vars -- only their number matters
  for await (const _item of items) count++;
  return count;
}
