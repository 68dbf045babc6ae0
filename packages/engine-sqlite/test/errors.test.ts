import { GuardMismatch, PandaError } from '@pandakv/core/engine';
import { expect } from 'chai';
import { toOpenError, toPandaError } from '../dist/error-map.js';

const native = (code: string | undefined) => Object.assign(new Error('secret'), code === undefined ? {} : { code });

describe('Errors of SQLite', () => {
  const table: [error: unknown, code: string, message: RegExp][] = [
    [native('SQLITE_CORRUPT'), 'Corruption', /damage/],
    [native('SQLITE_CORRUPT_INDEX'), 'Corruption', /damage/],
    [native('SQLITE_NOTADB'), 'Corruption', /damage/],
    [native('SQLITE_BUSY'), 'ShardUnavailable', /locked by another process/],
    [native('SQLITE_BUSY_RECOVERY'), 'ShardUnavailable', /locked by another process/],
    [native('SQLITE_FULL'), 'ShardUnavailable', /No space/],
    [native('SQLITE_READONLY'), 'ShardUnavailable', /only be read/],
    [native('SQLITE_READONLY_DBMOVED'), 'ShardUnavailable', /only be read/],
    [native('SQLITE_IOERR'), 'ShardUnavailable', /disk failed/],
    [native('SQLITE_IOERR_FSYNC'), 'ShardUnavailable', /disk failed/],
    [native('SQLITE_CANTOPEN'), 'ShardUnavailable', /refused/],
    [native('SQLITE_NOMEM'), 'ShardUnavailable', /memory/],
    [native('SQLITE_ERROR'), 'ShardUnavailable', /failed/],
    [native('ENOSPC'), 'ShardUnavailable', /No space/],
    [native('EACCES'), 'ShardUnavailable', /refused/],
    [native('ENOTDIR'), 'InvalidArgument', /lies where/],
    [native(undefined), 'ShardUnavailable', /failed/],
    ['not even an error', 'ShardUnavailable', /failed/],
  ];

  it('become errors of ours, with the original as the cause and nothing of its text', () => {
    for (const [error, code, message] of table) {
      const translated = toPandaError(error) as PandaError;
      expect(translated).to.include({ name: 'PandaError', code, cause: error });
      expect(translated.message).to.match(message).and.to.not.contain('secret');
    }
  });

  it('stay as they are when they are ours, or bugs', () => {
    for (const error of [new PandaError('Closed', 'x'), new GuardMismatch(), new TypeError('bug')]) {
      expect(toPandaError(error)).to.equal(error);
      expect(toOpenError(error, '/place')).to.equal(error);
    }
  });

  it('name the file at opening, where a missing table is damage', () => {
    const message = 'SQLite found damage in the file: /place';
    expect(toOpenError(native('SQLITE_ERROR'), '/place')).to.include({ code: 'Corruption', message });
    expect(toOpenError(native('SQLITE_BUSY'), '/place')).to.include({ code: 'ShardUnavailable' });
  });
});
