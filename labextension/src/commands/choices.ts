import { IModelStatus, IPoolStatus } from '../api/wire';
import { sizeOf, stateOf } from '../words/model';
import { IChoice } from './picker';

type Condition = (model: IModelStatus) => boolean;

const isHeld: Condition = ({ status }) => status === 'running' || status === 'loading';

/** Which models a verb can do something with. */
export const conditions = {
  load: (model: IModelStatus) => !isHeld(model),
  evict: isHeld,
  pin: (model: IModelStatus) => isHeld(model) && !model.pinned,
  unpin: (model: IModelStatus) => model.pinned
};

/** The models that fit, as a list shows them: `demo/chat · text · 4.24 MB`. */
export function choices(status: IPoolStatus | null, condition: Condition): IChoice[] {
  return Object.entries(status?.models ?? {})
    .filter(([, model]) => condition(model))
    .map(([id, model]) => ({ model: id, label: [id, ...facts(model)].join(' · ') }));
}

function facts(model: IModelStatus): string[] {
  const state = model.status === 'unloaded' ? [] : [stateOf(model)];
  return [model.kind, sizeOf(model), ...state, ...(model.pinned ? ['pinned'] : [])];
}
