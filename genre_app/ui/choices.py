"""Choose several of a few things that are all in sight."""

from collections.abc import Collection, Mapping

import streamlit as st

__all__ = ["chosen", "several", "tick"]


def several(
    label: str,
    names: Mapping[str, str],
    *,
    key: str,
    default: Collection[str] = (),
    help: str | None = None,
) -> list[str]:
    """Show a checkbox for each thing, side by side; give what is ticked, in their order.

    Checkboxes rather than `st.pills`, which writes what is chosen in the theme's primary colour
    on a tint of it: too faint to read in the dark.

    Parameters
    ----------
    names : mapping
        The things, and what each is called on the page.
    key : str
        The checkboxes' keys are this, a hyphen and the thing. They survive a change of page.
    default : collection
        What is ticked at first.
    """
    for one in names:
        # Not as the checkboxes' own default, which `tick` could not take back.
        st.session_state.setdefault(_key(key, one), one in default)
    with st.container(gap="xxsmall"):
        st.markdown(f":small[{label}]", help=help)
        with st.container(horizontal=True, key=key):
            ticked = {
                one: st.checkbox(name, key=_key(key, one), persist_state="session")
                for one, name in names.items()
            }
    return [one for one in names if ticked[one]]


def chosen(names: Collection[str], *, key: str, default: Collection[str] = ()) -> list[str]:
    """Tell, before they are drawn, what the checkboxes of :func:`several` will say."""
    return [one for one in names if st.session_state.get(_key(key, one), one in default)]


def tick(names: Collection[str], ticked: Collection[str], *, key: str) -> None:
    """Tick these and no others, before the checkboxes of :func:`several` are drawn."""
    for one in names:
        st.session_state[_key(key, one)] = one in ticked


def _key(key: str, one: str) -> str:
    return f"{key}-{one}"
