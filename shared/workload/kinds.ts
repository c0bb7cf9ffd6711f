/** Where a kind keeps its pod template, and what admission may do with it. */
export interface WorkloadKind {
  readonly group: string;
  readonly kind: string;
  /** Path of the PodSpec. */
  readonly podSpec: readonly string[];
  /** Path of the object that stands for the Pod (its `metadata` and `spec`); empty for a Pod. */
  readonly podTemplate: readonly string[];
  /** A Job's template cannot be changed once it is stored: a patch on UPDATE makes every update fail. */
  readonly templateImmutable: boolean;
}

const template = (group: string, kind: string): WorkloadKind => ({
  group,
  kind,
  podSpec: ['spec', 'template', 'spec'],
  podTemplate: ['spec', 'template'],
  templateImmutable: false,
});

export const WORKLOAD_KINDS: readonly WorkloadKind[] = [
  { group: '', kind: 'Pod', podSpec: ['spec'], podTemplate: [], templateImmutable: false },
  {
    group: '',
    kind: 'PodTemplate',
    podSpec: ['template', 'spec'],
    podTemplate: ['template'],
    templateImmutable: false,
  },
  template('', 'ReplicationController'),
  template('apps', 'ReplicaSet'),
  template('apps', 'Deployment'),
  template('apps', 'StatefulSet'),
  template('apps', 'DaemonSet'),
  { ...template('batch', 'Job'), templateImmutable: true },
  {
    group: 'batch',
    kind: 'CronJob',
    podSpec: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
    podTemplate: ['spec', 'jobTemplate', 'spec', 'template'],
    templateImmutable: false,
  },
];

/** The workload kind of an object, or undefined if it carries no pod template. */
export function findWorkloadKind(group: string, kind: string): WorkloadKind | undefined {
  return WORKLOAD_KINDS.find((known) => known.group === group && known.kind === kind);
}
