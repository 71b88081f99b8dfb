/** A module hook that resolves the workspace's packages to their sources: what `--conditions=@refrain/source` does, from inside. */
export function resolve(specifier, context, nextResolve) {
  return nextResolve(specifier, { ...context, conditions: ['@refrain/source', ...context.conditions] });
}
