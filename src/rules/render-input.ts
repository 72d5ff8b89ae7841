import { copyTree, getAt, setAt } from '../config/tree.ts';
import { toPathText } from '../config/problem.ts';
import type { CompiledCall, InputTemplate } from './compile-rule.ts';
import type { RenderBudget } from './render-budget.ts';
import { toShownText } from './shown-value.ts';
import { listTemplateVariables, TemplateProblem, toPlacedText } from './template.ts';
import type { PlannedRun } from './match.ts';

/** The input of a run, as it is stored and as its action takes it, or why there is none. */
export type RenderedInput =
  | { readonly input: Readonly<Record<string, unknown>>; readonly parsed: unknown }
  | { readonly problem: NonNullable<PlannedRun['problem']> };

/** Renders the templates of a call and checks the whole with the schema of its action. Throws nothing. */
export function renderInput(rule: string, call: CompiledCall, scope: object, budget: RenderBudget): RenderedInput {
  const input = call.templates.length === 0 ? call.input : (copyTree(call.input) as Record<string, unknown>);
  for (const place of call.templates) {
    try {
      setAt(
        input,
        place.path,
        budget.lend((limitMs) => place.template.render(scope, limitMs)),
      );
    } catch (error) {
      if (!(error instanceof TemplateProblem)) throw error;
      return { problem: { code: 'template_failed', detail: toTemplateDetail(rule, call, place, error, scope) } };
    }
  }
  const parsed = call.action.input.safeParse(input);
  if (parsed.success) return { input, parsed: parsed.data };
  return { problem: { code: 'input_invalid', detail: toInputDetail(rule, call, parsed.error.issues, input) } };
}

function toTemplateDetail(
  rule: string,
  call: CompiledCall,
  { path }: InputTemplate,
  problem: TemplateProblem,
  scope: object,
): string {
  const names = problem.excerpt === null ? [] : listTemplateVariables(problem.excerpt);
  const values = names.map((steps) => `${steps.join('.')} = ${toShownText(getAt(scope, steps))}`);
  const given = values.length === 0 ? '' : ` (${values.join(', ')})`;
  return `Rule \`${rule}\`, ${call.action.name}, \`${toPathText(path)}\`: ${toPlacedText(problem)}${given}. Correct the template, then replay the event with --redrive.`;
}

interface InputIssue {
  readonly path: readonly PropertyKey[];
  readonly message: string;
}

function toInputDetail(rule: string, call: CompiledCall, issues: readonly InputIssue[], input: unknown): string {
  const shown = issues.slice(0, 3).map(({ path, message }) => {
    const steps = path.map((step) => (typeof step === 'number' ? step : String(step)));
    return `\`${toPathText(steps)}\` is ${toShownText(getAt(input, steps))}: ${message}`;
  });
  return `Rule \`${rule}\`, ${call.action.name}: ${shown.join('; ')}. Correct the rule, then replay the event with --redrive.`;
}
