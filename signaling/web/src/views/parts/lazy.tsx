import { useSignal } from '@preact/signals';
import { type ComponentType, createElement } from 'preact';
import { useEffect } from 'preact/hooks';
import { Failed, Loading } from './bits';

/** A part of the client whose code is loaded when it is first shown; a quiet one shows nothing until then. */
export function lazy<P extends object>(
  load: () => Promise<{ default: ComponentType<P> }>,
  quiet = false,
): ComponentType<P> {
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
    if (shown.value && ready) return createElement(ready, props);
    return quiet ? null : <Loading />;
  };
}
