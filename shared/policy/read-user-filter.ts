import { quote, type Fields } from './fields.ts';
import type { SubjectPattern, UserFilter } from './model.ts';

/** Reads the conditions on who asks (Kyverno 1.19); undefined where there are none. */
export function readUserFilter(fields: Fields): UserFilter | undefined {
  const user: UserFilter = {
    subjects: fields.objects('subjects').flatMap((subject) => readSubject(subject) ?? []),
    roles: readRoles(fields),
    clusterRoles: fields.strings('clusterRoles'),
  };
  return Object.values(user).every((list: readonly unknown[]) => list.length === 0)
    ? undefined
    : user;
}

function readSubject(subject: Fields): SubjectPattern | undefined {
  const kind = subject.choice('kind', ['User', 'Group', 'ServiceAccount']);
  const name = subject.string('name') ?? '';
  const namespace = subject.string('namespace') ?? '';
  subject.string('apiGroup');
  subject.end();
  if (!subject.has('kind'))
    subject.fault('error', 'missing, expected User, Group or ServiceAccount', 'kind');
  if (name === '') subject.fault('error', 'missing, expected a name', 'name');
  if (kind === 'ServiceAccount' && namespace === '')
    subject.fault('error', 'missing, expected the namespace of the service account', 'namespace');
  return kind === undefined ? undefined : { kind, name, namespace };
}

function readRoles(fields: Fields): readonly string[] {
  const roles = fields.strings('roles');
  for (const role of roles) {
    if (role.split(':').length !== 2)
      fields.fault('error', `found ${quote(role)}, expected "namespace:name"`, 'roles');
  }
  return roles;
}
