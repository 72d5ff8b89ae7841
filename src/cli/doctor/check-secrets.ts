import { createSecretResolver, type SecretContext } from '../../config/secrets.ts';
import { fail, type Finding, ok } from './finding.ts';
import { listSecrets, toRuleNames, type WrittenCall } from './written-calls.ts';

/** The secrets that rules name: can each be resolved here and now. Shows none. */
export async function checkSecrets(calls: readonly WrittenCall[], context: SecretContext): Promise<Finding[]> {
  const named = calls.flatMap((call) => listSecrets(call).map((reference) => ({ call, reference })));
  if (named.length === 0) return [];
  const resolver = createSecretResolver(context);
  const byReference = Map.groupBy(named, ({ reference }) => reference);
  const failures: Finding[] = [];
  for (const [reference, uses] of byReference) {
    const resolved = await resolver.resolve(reference);
    if (!('problem' in resolved)) continue;
    const rules = toRuleNames(uses.map(({ call }) => call));
    const advice = 'Set it where the hub runs, or correct the reference in the rule; its runs are dead until then.';
    failures.push(fail('secrets of rules', `${resolved.problem} (${rules})`, advice));
  }
  if (failures.length > 0) return failures;
  const references = byReference.size === 1 ? '1 reference resolves' : `${byReference.size} references resolve`;
  return [ok('secrets of rules', `${references}, as seen by this command`)];
}
