import pg from 'pg';

const INT8 = 20;
const JSON_TEXT = 114;

/**
 * How values become JavaScript, in both homes: 64-bit numbers are numbers (ours stay below 2^53), `json` stays the text it
 * is, `jsonb` is parsed, times are dates.
 */
export const PARSE_TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text' | 'binary') => {
    if (oid === INT8) return Number;
    if (oid === JSON_TEXT) return String;
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};
