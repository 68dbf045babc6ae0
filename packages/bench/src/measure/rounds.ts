import { median } from './percentile.js';

/** One block of measuring one side; answers its figure. */
export type Block = () => Promise<number>;

/**
 * Runs the sides in turn, round by round, every other round in reverse order, so that a machine that becomes slower or faster
 * does so for all. Answers the figures of each side, by round.
 */
export async function measureInRounds<Side extends string>(
  rounds: number,
  sides: Readonly<Record<Side, Block>>,
): Promise<Record<Side, number[]>> {
  const names = Object.keys(sides) as Side[];
  const figures = Object.fromEntries(names.map((name) => [name, []])) as unknown as Record<Side, number[]>;
  for (let round = 0; round < rounds; round++) {
    const order = round % 2 === 0 ? names : names.toReversed();
    for (const name of order) figures[name].push(await sides[name]());
  }
  return figures;
}

/** The median of the ratios of the rounds. */
export function ratioByRound(numerators: readonly number[], denominators: readonly number[]): number {
  if (numerators.length !== denominators.length) throw new RangeError('Each round has a figure of each side');
  return median(numerators.map((value, round) => value / denominators[round]!));
}
