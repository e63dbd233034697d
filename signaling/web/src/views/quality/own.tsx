import './words';
import { useEffect } from 'preact/hooks';
import { quality } from '../../i18n/quality';
import { go } from '../../store/router';
import { qualityApi } from '../../wire/quality';
import { Empty, Failed, Loading } from '../parts/bits';
import { lazyPaid } from '../parts/lazypaid';
import { useLoad } from '../parts/load';

const LegPage = lazyPaid(() => import('./leg'));

/** One of one's own connections; `latest` is the one that runs, or that ran last. */
export default function OwnLeg({ id }: { id: string }) {
  return id === 'latest' ? <Latest /> : <LegPage id={id} own />;
}

function Latest() {
  const q = quality.value.looks;
  const { loaded, again } = useLoad(() => qualityApi.mine({ limit: '1' }), []);
  const now = loaded.value;
  const latest = now.state === 'ready' ? now.value.legs[0]?.id : undefined;
  useEffect(() => {
    if (latest) go(`/me/legs/${encodeURIComponent(latest)}`, true);
  }, [latest]);
  if (now.state === 'failed') return <Failed error={now.error} retry={again} />;
  if (now.state === 'loading' || latest) return <Loading />;
  return (
    <div class="card">
      <Empty icon="chart" title={q.mineNone} text={q.mineNoneText} />
    </div>
  );
}
