import { throwProblems, type Problem } from './problems.js';

export type Variables = Readonly<Record<string, string | undefined>>;

/** `$${`, `${NAME}`, or `${` that begins neither. */
const REFERENCE = /\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}|\$\{/g;

/**
 * Puts the values of environment variables in place of `${NAME}` in all texts, at any depth; `$${` stands for `${`.
 *
 * @throws PandaError `InvalidArgument` that names the places of missing variables
 */
export function expandEnvironment(value: unknown, variables: Variables, where: string): unknown {
  const problems: Problem[] = [];
  const expanded = expand(value, [], variables, problems);
  throwProblems(problems, where);
  return expanded;
}

function expand(value: unknown, path: readonly PropertyKey[], variables: Variables, problems: Problem[]): unknown {
  if (typeof value === 'string') return expandText(value, variables, (message) => problems.push({ path, message }));
  if (Array.isArray(value)) return value.map((each, at) => expand(each, [...path, at], variables, problems));
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, each]) => [name, expand(each, [...path, name], variables, problems)]),
  );
}

function expandText(text: string, variables: Variables, onProblem: (message: string) => void): string {
  return text.replace(REFERENCE, (reference, name: string | undefined) => {
    if (reference === '$${') return '${';
    if (name === undefined) {
      onProblem('"${" begins no variable: write ${NAME}, or "$${" for the text itself');
      return '';
    }
    const value = variables[name];
    if (value === undefined) onProblem(`the environment variable ${name} is not set`);
    return value ?? '';
  });
}
