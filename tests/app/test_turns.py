"""Many at once: turns, what is kept of them within bytes, and nobody clears another's network."""

import threading
from collections.abc import Callable

import pytest
from streamlit.runtime.scriptrunner import script_runner

from genre_app.ui import warm
from genre_app.ui.working import Kept, Turns


def hold(turns: Turns, said: list[int], let_go: threading.Event) -> threading.Thread:
    def work() -> None:
        with turns.turn(said.append):
            let_go.wait(20)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    return thread


def until(true: Callable[[], bool]) -> None:
    pause = threading.Event()
    for _ in range(1000):
        if true():
            return
        pause.wait(0.01)
    pytest.fail("it did not happen")


def test_turns_come_in_the_order_of_arrival_and_one_is_told_the_place() -> None:
    turns = Turns(1)
    events = [threading.Event() for _ in range(3)]
    said: list[list[int]] = [[], [], []]
    threads = []
    for number in range(3):
        threads.append(hold(turns, said[number], events[number]))
        until(lambda number=number: len(turns._there) == number + 1)  # type: ignore[misc]
    until(lambda: said[1][-1:] == [1] and said[2][-1:] == [2])
    assert said[0] == []
    events[0].set()
    threads[0].join(20)
    until(lambda: said[2][-1:] == [1])
    events[1].set()
    events[2].set()
    for thread in threads:
        thread.join(20)
    assert not turns._there


def test_who_leaves_the_queue_holds_nobody_up() -> None:
    turns, let_go = Turns(1), threading.Event()
    thread = hold(turns, [], let_go)
    until(lambda: len(turns._there) == 1)

    def click(before: int) -> None:
        raise RuntimeError("the visitor has clicked")

    with pytest.raises(RuntimeError), turns.turn(click):
        pytest.fail("it is not their turn")
    assert len(turns._there) == 1
    let_go.set()
    thread.join(20)
    with turns.turn(click):
        assert len(turns._there) == 1


def test_two_may_be_at_it_and_the_third_waits() -> None:
    turns = Turns(2)

    def told(before: int) -> None:
        raise RuntimeError(str(before))

    with (
        turns.turn(told),
        turns.turn(told),
        pytest.raises(RuntimeError, match="1"),
        turns.turn(told),
    ):
        pytest.fail("two were to be at it")


def test_what_is_kept_has_a_bound_in_bytes() -> None:
    kept: Kept[bytes] = Kept(10, room=100, size=len)
    for key in range(4):
        kept.put((key,), bytes(40))
    assert [kept.get((key,)) is not None for key in range(4)] == [False, False, True, True]
    assert kept.taken() == (2, 80)
    kept.put((9,), bytes(500))
    assert kept.taken() == (1, 500)


def test_the_end_of_a_script_leaves_the_networks_of_others_alone(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import keras
    from keras.src.backend.common import global_state

    # As Keras has it: another test's warm-up may have been here.
    monkeypatch.setattr(keras.backend, "clear_session", global_state.clear_session)

    def survives() -> bool:
        global_state.set_global_attribute("somebody-is-loading", True)
        script_runner._clean_problem_modules()
        return bool(global_state.get_global_attribute("somebody-is-loading"))

    assert not survives()  # Streamlit still does it: without that nothing need be kept from it.
    warm.leave_keras_alone()
    assert survives()
