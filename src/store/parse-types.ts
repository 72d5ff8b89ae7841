import pg from 'pg';

/**
 * How values become JavaScript, in both homes: 64-bit numbers are numbers (ours stay below 2^53), `json` stays the text it
 * is, `jsonb` is parsed, times are dates.
 */
export const PARSE_TYPES: pg.CustomTypesConfig = {
  getTypeParser: ((oid: Parameters<typeof pg.types.getTypeParser>[0], format?: 'text' | 'binary') => {
    if (oid === pg.types.builtins.INT8) return Number;
    if (oid === pg.types.builtins.JSON) return String;
    return pg.types.getTypeParser(oid, format);
  }) as typeof pg.types.getTypeParser,
};
