import { PandaError, type WriteBatch } from '@pandakv/core/engine';
import { open, type FileHandle } from 'node:fs/promises';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';

/** The name and the format of the store: what begins with anything else is not ours. */
const HEADER = Buffer.from('PANDA SKELETON 1\n');

/** A log of batches: for each its length, its checksum, and itself. */
export class LogFile {
  private constructor(
    private readonly file: FileHandle,
    /** Bytes up to the end of the last batch that is whole. */
    private size: number,
  ) {}

  /** Opens the log, making it where nothing is, and hands over every batch in it. */
  static async open(path: string, replay: (batch: WriteBatch) => void): Promise<LogFile> {
    const file = await open(path, 'a+');
    try {
      const content = await file.readFile();
      if (content.length < HEADER.length && HEADER.subarray(0, content.length).equals(content)) {
        // New, or its creation was interrupted.
        const log = new LogFile(file, 0);
        await file.truncate(0);
        await log.append(HEADER);
        return log;
      }
      if (!content.subarray(0, HEADER.length).equals(HEADER)) {
        throw new PandaError('InvalidArgument', `Not a store of this engine, or of a newer format: ${path}`);
      }
      const size = readBatches(content, replay, path);
      // A batch that was being written when the process ended was never acknowledged.
      await file.truncate(size);
      return new LogFile(file, size);
    } catch (error) {
      await file.close();
      throw error;
    }
  }

  /** Durable when it resolves. When it fails, the log is as it was; if not even that can be had, the file is closed. */
  async write(batch: WriteBatch): Promise<void> {
    const body = serialize(batch);
    const head = Buffer.alloc(8);
    head.writeUInt32BE(body.length, 0);
    head.writeUInt32BE(crc32(body), 4);
    await this.append(Buffer.concat([head, body]));
  }

  async close(): Promise<void> {
    await this.file.close();
  }

  private async append(bytes: Buffer): Promise<void> {
    try {
      await this.file.appendFile(bytes);
      await this.file.datasync();
      this.size += bytes.length;
    } catch (error) {
      await this.undo();
      throw error;
    }
  }

  private async undo(): Promise<void> {
    try {
      await this.file.truncate(this.size);
      await this.file.datasync();
    } catch {
      await this.file.close();
    }
  }
}

/** Bytes up to the end of the last whole batch. */
function readBatches(content: Buffer, replay: (batch: WriteBatch) => void, path: string): number {
  let at = HEADER.length;
  while (at + 8 <= content.length) {
    const body = content.subarray(at + 8, at + 8 + content.readUInt32BE(at));
    if (body.length < content.readUInt32BE(at)) break;
    if (crc32(body) !== content.readUInt32BE(at + 4)) throw new PandaError('Corruption', `A batch is damaged in ${path}`);
    replay(deserialize(body) as WriteBatch);
    at += 8 + body.length;
  }
  return at;
}
