/** Bodies of issues in the published format, for tests. */
export interface IssueParts {
  readonly files?: string;
  readonly complexity?: string;
  readonly tests?: string;
  readonly documentation?: string;
  readonly total?: string;
  readonly agent?: string;
  readonly difficulty?: string;
  readonly blockedBy?: string;
  readonly blocks?: string;
}

/** A whole issue; what is not given is as in an ordinary one of 28,600 tokens. */
export function toIssueBody(parts: IssueParts = {}): string {
  return `## Objective

Give each issue to the cheapest agent that is up to it.

## Implementation Details

1. Read the profiles.
2. Sort them by cost.

## Context Estimate

- Files to modify: ${parts.files ?? '1 (src/assignment.py)'}
- Implementation complexity: ${parts.complexity ?? 'low (10,000 tokens)'}
- Test requirements: ${parts.tests ?? 'low (5,000 tokens)'}
- Documentation: ${parts.documentation ?? 'none (0 tokens)'}
- **Total estimated: ${parts.total ?? '28,600 tokens'}**
- **Recommended agent: ${parts.agent ?? 'haiku'}**

## Difficulty

${parts.difficulty ?? 'easy'}

## Dependencies

- Blocked by: ${parts.blockedBy ?? 'none'}
- Blocks: ${parts.blocks ?? 'none'}

## Acceptance Criteria

- [ ] The cheapest agent is chosen
- [x] Agents without room are left out
- [ ] Nobody is an error

## Testing Requirements

- [ ] Unit tests of the selection
`;
}
