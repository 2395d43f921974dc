import { type Attributes, Component, type ComponentChildren, type ComponentClass, createElement } from 'preact';

/** A component that is rendered again only when one of its properties has changed, or something that it subscribes to. */
export function memo<Props extends object>(render: (props: Props) => ComponentChildren): ComponentClass<Props> {
  return class extends Component<Props> {
    override shouldComponentUpdate(next: Props) {
      const names = Object.keys({ ...this.props, ...next }) as (keyof Props)[];
      return names.some((name) => next[name] !== this.props[name]);
    }

    override render() {
      return createElement(render, this.props as Props & Attributes);
    }
  };
}
