import './words';
import { quality } from '../../i18n/quality';
import { PageTitle } from '../parts/bits';

export default function Health() {
  return <PageTitle>{quality.value.health.title}</PageTitle>;
}
