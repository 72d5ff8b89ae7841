import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import pg from 'pg';
import { isConflict, isDatabaseAbsent } from './database-errors.ts';

function createError(properties: object, message = 'x'): Error {
  return Object.assign(new Error(message), properties);
}

const ABSENT: Record<string, unknown> = {
  'a refused connection': createError({ code: 'ECONNREFUSED', syscall: 'connect' }),
  'a reset connection': createError({ code: 'ECONNRESET' }),
  'a connection that timed out': createError({ code: 'ETIMEDOUT' }),
  'a broken pipe': createError({ code: 'EPIPE' }),
  'a name that does not resolve': createError({ code: 'ENOTFOUND' }),
  'a missing Unix socket': createError({ code: 'ENOENT', syscall: 'connect' }),
  'a connection failure of the server': createError({ code: '08006' }),
  'too many connections': createError({ code: '53300' }),
  'a full disk': createError({ code: '53100' }),
  'a server that shuts down': createError({ code: '57P01' }),
  'a server that crashed': createError({ code: '57P02' }),
  'a server that starts up': createError({ code: '57P03' }),
  'a statement over its limit': createError({ code: '57014' }),
  'a former primary': createError({ code: '25006' }),
  'a password that is not accepted': createError({ code: '28P01' }),
  'a database that does not exist': createError({ code: '3D000' }),
  'a failing disk': createError({ code: '58030' }),
  'a connection that pg saw end': new Error('Connection terminated unexpectedly'),
  'a pool without a free connection': new Error('timeout exceeded when trying to connect'),
  'a client after its connection broke': new Error('Client has encountered a connection error and is not queryable'),
  'a pool that was closed': new Error('Cannot use a pool after calling end on the pool'),
  'several addresses that all refuse': new AggregateError([
    createError({ code: 'ECONNREFUSED' }),
    createError({ code: 'ENETUNREACH' }),
  ]),
  'an error caused by a broken connection': new Error('wrapped', { cause: createError({ code: 'ECONNRESET' }) }),
};

const PRESENT: Record<string, unknown> = {
  'a violated constraint': createError({ code: '23505' }),
  'a value that does not fit': createError({ code: '22P05' }),
  'a syntax error': createError({ code: '42601' }),
  'a missing file': createError({ code: 'ENOENT', syscall: 'open' }),
  'an error without a code': new Error('Something else'),
  'something that is no error': 'ECONNREFUSED',
  nothing: undefined,
};

describe('isDatabaseAbsent', () => {
  for (const [name, error] of Object.entries(ABSENT)) {
    it(`says yes to ${name}`, () => {
      assert.equal(isDatabaseAbsent(error), true);
    });
  }
  for (const [name, error] of Object.entries(PRESENT)) {
    it(`says no to ${name}`, () => {
      assert.equal(isDatabaseAbsent(error), false);
    });
  }

  it('says yes to what connecting to a closed port really throws', async () => {
    const client = new pg.Client({ connectionString: 'postgresql://nobody@localhost:1/none' });
    const error = await client.connect().then(
      () => undefined,
      (thrown: unknown) => thrown,
    );
    assert.equal(isDatabaseAbsent(error), true);
  });
});

describe('isConflict', () => {
  for (const code of ['40001', '40P01', '55P03']) {
    it(`says yes to SQLSTATE ${code}, also as a cause`, () => {
      assert.equal(isConflict(createError({ code })), true);
      assert.equal(isConflict(new Error('wrapped', { cause: createError({ code }) })), true);
    });
  }

  it('says no to a violated constraint and to an absent database', () => {
    assert.equal(isConflict(createError({ code: '23505' })), false);
    assert.equal(isConflict(createError({ code: 'ECONNREFUSED' })), false);
  });
});
