/** SQLSTATE classes and system codes that say the database is away or overloaded, not that the question was wrong. */
const SQLSTATE_AWAY = /^(08|53|57P|57014|40001|40P01)/;
const SYSTEM_AWAY = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'ENOTFOUND',
  'ETIMEDOUT',
  'EPIPE',
  'EHOSTUNREACH',
  'EAI_AGAIN',
]);
const DRIVER_AWAY = /connection (terminated|ended|error)|timeout exceeded when trying to connect|not queryable/i;

/** Whether an error says that the database cannot be reached now. */
export function isStoreFailure(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  if (error instanceof AggregateError) return error.errors.some(isStoreFailure);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : '';
  return SYSTEM_AWAY.has(code) || SQLSTATE_AWAY.test(code) || DRIVER_AWAY.test(error.message);
}
