import type { LabelSelector } from './model.ts';

/** A selector as the query parameter `labelSelector` of API servers has it. */
export function formatLabelSelector({ matchLabels, matchExpressions }: LabelSelector): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(formatExpression),
  ].join(',');
}

function formatExpression({
  key,
  operator,
  values,
}: LabelSelector['matchExpressions'][number]): string {
  switch (operator) {
    case 'In':
      return `${key} in (${values.join(',')})`;
    case 'NotIn':
      return `${key} notin (${values.join(',')})`;
    case 'Exists':
      return key;
    case 'DoesNotExist':
      return `!${key}`;
  }
}
