import { useSignal } from '@preact/signals';
import { type ComponentType, createElement } from 'preact';
import { useEffect } from 'preact/hooks';
import { Failed, Loading } from './bits';

/** A page whose code is loaded when it is first shown. */
export function lazy(load: () => Promise<{ default: ComponentType }>): ComponentType {
  let ready: ComponentType | undefined;
  return function Lazy() {
    const error = useSignal<unknown>(undefined);
    const shown = useSignal(ready !== undefined);
    useEffect(() => {
      if (ready) return;
      load().then(
        (module) => {
          ready = module.default;
          shown.value = true;
        },
        (thrown: unknown) => {
          error.value = thrown;
        },
      );
    }, []);
    if (error.value !== undefined) return <Failed error={error.value} retry={() => location.reload()} />;
    return shown.value && ready ? createElement(ready, null) : <Loading />;
  };
}
