import { RULE_ACTIONS } from '../../actions/registry.ts';
import { type ActionField, type ActionForm, listForms, toDefinition } from '../../actions/definition.ts';
import { FettleError } from '../../core/errors.ts';
import type { Action } from '../../jobs/contract.ts';
import type { Cli } from '../cli.ts';
import { defineCommand } from '../command.ts';
import { toTable, writeJson, writeLine } from '../terminal.ts';

const IDEMPOTENCY: Readonly<Record<Action['idempotency'], string>> = {
  key: 'A repeat is recognised by its key: nothing happens twice.',
  marker: 'A repeat is recognised by a mark that is read back: nothing happens twice.',
  none: 'A repeat cannot be recognised: after a crash in the middle the run waits and asks you (onUnknown: stop), or sends again (onUnknown: resend).',
};

export const rulesActions = defineCommand({
  path: 'rules actions',
  summary: 'List the actions that rules can name, or print what one takes, with examples.',
  arguments: [{ name: '[action]', about: 'name of an action, such as ledger.record' }],
  examples: ['fettle rules actions', 'fettle rules actions ledger.record'],
  async run({ json }, [name], cli) {
    if (name === undefined) {
      if (json) writeJson(cli, { actions: RULE_ACTIONS.map(toDefinition) });
      else
        for (const line of toTable(RULE_ACTIONS.map((action) => [action.name, action.summary]))) writeLine(cli, line);
      return 0;
    }
    const action = RULE_ACTIONS.find((each) => each.name === name);
    if (action === undefined) {
      const known = RULE_ACTIONS.map((each) => each.name).join(', ');
      throw new FettleError('invalid_request', `There is no action ${JSON.stringify(name)}. There are ${known}.`);
    }
    if (json) writeJson(cli, toDefinition(action));
    else writeAction(cli, action);
    return 0;
  },
});

function writeAction(cli: Cli, action: Action): void {
  writeLine(cli, `${action.name}: ${action.summary}`);
  for (const form of listForms(action)) writeForm(cli, form);
  writeLine(cli);
  writeLine(cli, IDEMPOTENCY[action.idempotency]);
  if (action.needs.length > 0) writeLine(cli, `The forge must offer: ${action.needs.join(', ')}.`);
  if (!action.allowedInRepository) writeLine(cli, 'A rule of a repository itself may not name it.');
  for (const { title, yaml } of action.examples) {
    writeLine(cli);
    writeLine(cli, `# ${title}`);
    writeLine(cli, 'do:');
    for (const line of yaml.trimEnd().split('\n')) writeLine(cli, `  ${line}`);
  }
}

function writeForm(cli: Cli, { when, fields }: ActionForm): void {
  writeLine(cli);
  writeLine(cli, when === null ? 'Fields' : `Fields with ${when.field}: ${when.value}. ${when.description}`);
  for (const field of fields) writeField(cli, field);
}

function writeField(cli: Cli, { path, allowed, description, isRequired, initial }: ActionField): void {
  const notes = [isRequired ? 'required' : initial === undefined ? 'optional' : `default ${JSON.stringify(initial)}`];
  writeLine(cli, `  ${path}  (${notes.join(', ')})`);
  if (description !== '') writeLine(cli, `    ${description}`);
  writeLine(cli, `    ${allowed}`);
}
