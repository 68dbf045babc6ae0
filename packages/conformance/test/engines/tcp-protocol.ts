import {
  GuardMismatch,
  PandaError,
  type EngineScanOptions,
  type ErrorCode,
  type KeyRange,
  type WriteBatch,
} from '@pandakv/core/engine';
import type { Socket } from 'node:net';
import { deserialize, serialize } from 'node:v8';

export type Request = { readonly id: number } & Call;

export type Call =
  | { readonly call: 'hello' }
  | { readonly call: 'get'; readonly keys: readonly Uint8Array[] }
  | { readonly call: 'scan'; readonly range: KeyRange; readonly options: EngineScanOptions }
  | { readonly call: 'write'; readonly batch: WriteBatch }
  | { readonly call: 'estimate'; readonly range: KeyRange };

export type Answer = { readonly id: number } & Outcome;

export type Outcome = { readonly result: unknown } | { readonly code: string; readonly message: string };

/** Calls back for each message: four bytes of length, and a serialized value. */
export function onMessages(socket: Socket, take: (message: unknown) => void): void {
  let gathered = Buffer.alloc(0);
  socket.on('data', (chunk: Buffer) => {
    gathered = Buffer.concat([gathered, chunk]);
    while (gathered.length >= 4 && gathered.length >= 4 + gathered.readUInt32BE()) {
      const end = 4 + gathered.readUInt32BE();
      take(deserialize(gathered.subarray(4, end)));
      gathered = gathered.subarray(end);
    }
  });
}

export function send(socket: Socket, message: unknown): void {
  const body = serialize(message);
  const head = Buffer.alloc(4);
  head.writeUInt32BE(body.length);
  socket.write(Buffer.concat([head, body]));
}

export function toOutcome(error: unknown): Outcome {
  const { code, message } = error as { code?: string; message: string };
  return { code: code ?? 'Corruption', message };
}

export function toError({ code, message }: { readonly code: string; readonly message: string }): Error {
  return code === 'GuardMismatch' ? new GuardMismatch(message) : new PandaError(code as ErrorCode, message);
}
