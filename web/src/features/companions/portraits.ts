import juniper from '../../assets/portraits/juniper.svg';
import odile from '../../assets/portraits/odile.svg';
import quill from '../../assets/portraits/quill.svg';
import sunniva from '../../assets/portraits/sunniva.svg';
import theo from '../../assets/portraits/theo.svg';
import wren from '../../assets/portraits/wren.svg';

/** Our own drawings for the companions that come with the server, by name in lower case. */
export const bundledPortraits: Record<string, string> = {
  juniper,
  'captain odile marsh': odile,
  theo,
  'professor quill': quill,
  sunniva,
  'wren calloway': wren,
};
