import type { BalancePlanInfo, BalanceResult, MovedByBalance } from '@pandakv/core';
import { sizeText } from './bytes-size.js';
import { hexOf, readable } from './bytes-text.js';
import { table } from './table.js';

/** What a balance does, for people. */
export function balanceText({ shards, moves, splits, merges, hotKeys }: BalancePlanInfo): string {
  const parts = [
    table(
      ['shard', 'bytes', 'then', 'requests/s', 'then'],
      shards.map(({ id, bytes, bytesAfter, load, loadAfter }) => [id, sizeText(bytes), sizeText(bytesAfter), load, loadAfter]),
    ),
  ];
  if (moves.length > 0) {
    const rows = moves.map(({ range, start, end, from, to, bytes, load }) => [
      range,
      start.length === 0 ? '(first)' : readable(start),
      end === undefined ? '(last)' : readable(end),
      from,
      to,
      sizeText(bytes),
      load,
    ]);
    parts.push(table(['move of', 'start', 'end', 'from', 'to', 'bytes', 'requests/s'], rows));
  }
  if (splits.length + merges.length > 0)
    parts.push(`Ranges are divided at ${splits.length} keys, and joined at ${merges.length}.`);
  for (const { key, shard, load } of hotKeys) {
    parts.push(`The key ${readable(key)} on ${shard} alone has ${load} requests a second: no split can help.`);
  }
  return parts.join('\n');
}

export function summaryText({ ranges, rows, bytes, refused }: MovedByBalance): string {
  const others = refused === 0 ? '' : ` ${refused} steps were not taken, as the ranges had changed meanwhile: run it again.`;
  return `Moved ${ranges} ranges: ${rows} rows, ${sizeText(bytes)}.${others}`;
}

/** The same in JSON; keys in hex. */
export function balanceJson({ plan, moved }: BalanceResult): Record<string, unknown> {
  const { splits, moves, merges, hotKeys, ...rest } = plan;
  return {
    ok: true,
    plan: {
      ...rest,
      splitsHex: splits.map(hexOf),
      moves: moves.map(({ start, end, ...move }) => ({
        ...move,
        startHex: hexOf(start),
        endHex: end === undefined ? null : hexOf(end),
      })),
      mergesHex: merges.map(hexOf),
      hotKeys: hotKeys.map(({ key, ...hot }) => ({ keyHex: hexOf(key), ...hot })),
    },
    moved,
  };
}
