import { useSignal } from '@preact/signals';
import { type ComponentType, createElement } from 'preact';
import { useEffect } from 'preact/hooks';
import { Failed, Loading } from './bits';

/** A part of the client whose code is loaded when it is first shown. */
export function lazy<P extends object>(load: () => Promise<{ default: ComponentType<P> }>): ComponentType<P> {
  let ready: ComponentType<P> | undefined;
  return function Lazy(props: P) {
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
    return shown.value && ready ? createElement(ready, props) : <Loading />;
  };
}
