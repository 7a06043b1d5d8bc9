import { RULES } from './suites.ts';

/** The rules as CONTRACT.md lists them: a heading a group, a line a rule. */
export function rulesAsMarkdown(): string {
  const lines: string[] = ['## Rules', ''];
  lines.push(
    'Each is the test of the same id in `@cache/conformance`. Ids are stable. Those of a facet hold where the adapter has it.',
  );
  let last = '';
  for (const { id, says } of RULES) {
    const group = id.slice(0, id.lastIndexOf('/'));
    if (group !== last) lines.push('', `### ${group}`, '');
    last = group;
    lines.push(`- **${id}** — ${says}`);
  }
  return `${lines.join('\n')}\n`;
}

/** The rules that a CONTRACT.md lists below its heading `## Rules`, in its order. */
export function rulesIn(markdown: string): { readonly id: string; readonly says: string }[] {
  const [, section = ''] = markdown.split(/^## Rules$/m);
  const [rules = ''] = section.split(/^## /m);
  const lines = rules.matchAll(/^- \*\*([a-z0-9/-]+)\*\* — (.+)$/gm);
  return Array.from(lines, ([, id = '', says = '']) => ({ id, says }));
}
