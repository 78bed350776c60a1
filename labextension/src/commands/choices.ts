import { IModelStatus, IPoolStatus } from '../api/wire';
import { rowOf } from '../panel/row';
import { inShort } from '../words/short';
import { gigabytes } from '../words/bytes';
import { IChoice } from './picker';
import { IVerb } from './verbs';

/** The models that fit, as a list shows them: `demo/chat · text · 4.24 MB`. */
export function choices(status: IPoolStatus | null, condition: IVerb['condition']): IChoice[] {
  return Object.entries(status?.models ?? {})
    .filter(([, model]) => condition(model))
    .map(([model, known]) => ({ model, label: label(model, known) }));
}

function label(model: string, known: IModelStatus): string {
  const row = rowOf(model, known);
  return [model, known.kind, row ? inShort(row) : gigabytes(known.size_gb)].join(' · ');
}
