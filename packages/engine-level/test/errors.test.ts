import { GuardMismatch, PandaError } from '@pandakv/core/engine';
import { expect } from 'chai';
import { toOpenError, toPandaError } from '../dist/error-map.js';

const native = (code: string | undefined, message = 'secret') =>
  Object.assign(new Error(message), code === undefined ? {} : { code });

describe('Errors of the database', () => {
  const table: [error: unknown, code: string, message: RegExp][] = [
    [native('LEVEL_CORRUPTION'), 'Corruption', /damage/],
    [native(undefined, 'Corruption: block checksum mismatch'), 'Corruption', /damage/],
    [native('LEVEL_LOCKED'), 'ShardUnavailable', /open elsewhere/],
    [native('LEVEL_IO_ERROR', 'IO error: x: Input/output error'), 'ShardUnavailable', /disk failed/],
    [native('LEVEL_IO_ERROR', 'IO error: x: No space left on device'), 'ShardUnavailable', /No space/],
    [native('LEVEL_IO_ERROR', 'IO error: x: Disk quota exceeded'), 'ShardUnavailable', /No space/],
    [native(undefined, 'IO error: x: No space left on device'), 'ShardUnavailable', /No space/],
    [native('LEVEL_DATABASE_NOT_OPEN'), 'Closed', /closed/],
    [native('LEVEL_ITERATOR_NOT_OPEN'), 'Closed', /closed/],
    [native('LEVEL_BATCH_NOT_OPEN'), 'Closed', /closed/],
    [native('LEVEL_NOT_SUPPORTED'), 'InvalidArgument', /not support/],
    [native('ENOSPC'), 'ShardUnavailable', /No space/],
    [native('EACCES'), 'ShardUnavailable', /refused/],
    [native('SOMETHING_NEW'), 'ShardUnavailable', /failed/],
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
    }
  });

  it('are read differently at opening: a missing file is damage, and what is wrapped is unwrapped', () => {
    const opening = (cause: unknown) =>
      toOpenError(Object.assign(new Error('x', { cause }), { code: 'LEVEL_DATABASE_NOT_OPEN' }), '/place');
    expect(opening(native('LEVEL_LOCKED'))).to.include({
      code: 'ShardUnavailable',
      message: 'The store is open elsewhere: /place',
    });
    expect(opening(native('LEVEL_CORRUPTION'))).to.include({ code: 'Corruption' });
    expect(opening(native('LEVEL_IO_ERROR', 'IO error: x: No such file or directory'))).to.include({ code: 'Corruption' });
    expect(opening(native('LEVEL_IO_ERROR', 'IO error: x: Permission denied'))).to.include({ code: 'ShardUnavailable' });
    expect(opening(native(undefined, 'Invalid argument: x: does not exist'))).to.include({ code: 'Corruption' });
  });
});
