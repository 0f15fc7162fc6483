"""The pages of training runs: the form, a running and an ended run, and the list."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from tests import staff_site
from tests.markup import flat
from training.models import RunPoint, TrainingRun
from training.networks.architectures import ARCHITECTURES
from training.pages.runs import context as runs
from training.runs.recipe import Recipe, default_recipe
from training.runs.timing.amounts import work_of
from training.runs.timing.words import about
from training.synthesis.steps import Step

TRAIN, PROMOTE = "training.add_trainingrun", "classifier.promote_modelversion"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def trainer(db):
    return staff_site.staff_client(TRAIN)


@pytest.fixture
def nothing_sent(monkeypatch):
    """No run is put on the queue."""
    monkeypatch.setattr("training.runs.requests.send", lambda run_id: True)


def filled(version=None, **changed):
    """The data that the form posts with its defaults."""
    recipe = default_recipe(version).to_json() | changed
    return {
        name: ("on" if value is True else "" if value is None else value)
        for name, value in recipe.items()
        if value is not False
    }


def figure(text, name):
    """The named Plotly figure of a page."""
    return json.loads(re.search(rf'<script id="{name}-figure" type="application/json">(.*?)</script>', text)[1])


def test_form_offers_the_recipe_of_the_version_in_service(trainer, model_version):
    text = flat(trainer.get("/staff/runs/new/").text)
    recipe = default_recipe(model_version)
    assert f'<option value="{model_version.public_id}" selected>' in text
    assert f'value="{recipe.architecture}" checked' in text
    assert f'value="{recipe.batch_size}"' in text


def initial(client, query):
    """The settings that the form offers at this address."""
    return client.get(f"/staff/runs/new/?{query}").context["form"].initial


def test_another_architecture_brings_its_own_recipe(trainer, model_version):
    deeper = ARCHITECTURES["deeper_cnn"]
    offered = initial(trainer, "architecture=deeper_cnn")
    assert (offered["architecture"], offered["start_from"]) == ("deeper_cnn", None)  # no version to continue from
    assert (offered["epochs"], offered["batch_size"]) == (deeper.expected_epochs, deeper.batch_size)
    drawn = (offered["generated"], offered["boxed"], offered["junk"])
    assert drawn == (deeper.generated, deeper.boxed, deeper.outliers)


def test_an_architecture_continues_from_its_version_unless_random_weights_are_chosen(trainer, model_version):
    first = ARCHITECTURES["first_cnn"]
    offered = initial(trainer, "architecture=first_cnn")
    assert (offered["start_from"], offered["epochs"]) == (str(model_version.public_id), first.further_epochs)
    offered = initial(trainer, "architecture=first_cnn&start_from=")
    assert (offered["start_from"], offered["epochs"]) == (None, first.expected_epochs)


def test_a_version_to_continue_from_sets_its_architecture(trainer, model_version):
    offered = initial(trainer, f"architecture=deeper_cnn&start_from={model_version.public_id}")
    assert (offered["architecture"], offered["start_from"]) == ("first_cnn", str(model_version.public_id))


@pytest.mark.parametrize("query", ["architecture=perceptron", "start_from=yesterday", f"start_from={'0' * 36}"])
def test_unknown_choices_are_ignored(trainer, model_version, query):
    assert initial(trainer, query) == default_recipe(model_version).to_json()


def test_every_setting_says_what_it_means(trainer, model_version):
    from training.runs.recipe import DESCRIPTIONS

    text = trainer.get("/staff/runs/new/").text
    for words in DESCRIPTIONS.values():
        assert words.replace("'", "&#x27;") in text


def test_defaults_start_the_default_recipe(trainer, model_version, nothing_sent):
    response = trainer.post("/staff/runs/new/", filled(model_version))
    run = TrainingRun.objects.get()
    assert response.headers["Location"] == f"/staff/runs/{run.public_id}/"
    assert run.recipe == default_recipe(model_version).to_json()
    assert run.requested_by == response.wsgi_request.user


def test_pressing_twice_leads_to_the_same_run(trainer, model_version, nothing_sent):
    first, second = (trainer.post("/staff/runs/new/", filled(model_version)) for _ in range(2))
    assert first.headers["Location"] == second.headers["Location"]
    assert TrainingRun.objects.count() == 1


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"epochs": 0}, "greater than or equal to 1"),
        ({"batch_size": ""}, "This field is required"),
        ({"learning_rate": "fast"}, "Enter a number"),
        ({"seed": -1}, "greater than or equal to 0"),
        ({"architecture": "perceptron"}, "Select a valid choice"),
        ({"start_from": "c1a55e5e-0000-4000-8000-000000000000"}, "Select a valid choice"),
        ({"mnist": False, "corrections": False, "generated": 0}, "something to learn from"),
    ],
)
def test_invalid_values_are_reported_and_start_nothing(trainer, model_version, nothing_sent, wrong, words):
    response = trainer.post("/staff/runs/new/", filled(model_version, **wrong))
    assert response.status_code == 400
    assert words in response.text
    assert not TrainingRun.objects.exists()


def test_weights_of_another_network_are_refused_in_the_form(trainer, model_version, nothing_sent):
    other = {"architecture": "deeper_cnn", "start_from": str(model_version.public_id)}
    response = trainer.post("/staff/runs/new/", filled(model_version, **other))
    assert response.status_code == 400
    assert f"{model_version} is a first_cnn; a deeper_cnn cannot continue from its weights." in response.text
    assert not TrainingRun.objects.exists()
    trainer.post("/staff/runs/new/", filled(model_version, **other | {"start_from": ""}))
    assert TrainingRun.objects.get().recipe["start_from"] is None


def test_a_run_is_not_promoted_automatically_without_the_permission(trainer, model_version, nothing_sent):
    assert "promote_if_passed" not in trainer.get("/staff/runs/new/").text
    trainer.post("/staff/runs/new/", filled(model_version) | {"promote_if_passed": "on"})
    assert not TrainingRun.objects.get().promote_if_passed


def test_a_run_is_promoted_automatically_with_the_permission(model_version, nothing_sent):
    staff_site.staff_client(TRAIN, PROMOTE).post(
        "/staff/runs/new/", filled(model_version) | {"promote_if_passed": "on"}
    )
    assert TrainingRun.objects.get().promote_if_passed


def test_staff_without_the_permission_cannot_train(model_version, nothing_sent):
    reader, made = staff_site.staff_client(), staff_site.run()
    assert reader.get("/staff/runs/new/").status_code == 403
    for address in (
        "/staff/runs/new/",
        f"/staff/runs/{made.public_id}/cancel/",
        f"/staff/runs/{made.public_id}/repeat/",
    ):
        assert reader.post(address, filled(model_version)).status_code == 403
    assert TrainingRun.objects.get().status == "queued"


def test_a_running_run_shows_its_progress_and_polls(trainer):
    run = staff_site.running()
    text = trainer.get(f"/staff/runs/{run.public_id}/", headers=HTMX).text
    assert text.lstrip().startswith('<div id="run"')
    assert 'hx-trigger="every 1s"' in text
    words = flat(text)
    for part in ("Epoch 5 of 8", "about 60 seconds left", "Fitting on 60,412 images."):
        assert part in words
    assert "Step 6 of 13: Fitting, batch 231 of 472" in words
    assert "about 40 seconds left" in words  # of the step
    shown = re.findall(r'<progress[^>]* value="([^"]*)"', text)
    assert shown == ["0.580", "0.560"]  # of the run and of the step


def test_a_step_that_cannot_be_counted_has_a_bar_without_a_value(trainer):
    run = staff_site.running()
    TrainingRun.objects.update(step=run.step | {"name": "load", "share": None}, epoch=0)
    text = flat(trainer.get(f"/staff/runs/{run.public_id}/").text)
    assert re.findall(r'<progress[^>]* value="([^"]*)"', text) == ["0.580"]
    assert "Step 6 of 13: Loading TensorFlow" in text


def test_the_list_says_how_much_of_a_run_is_done(trainer):
    staff_site.running()
    assert "58 %" in trainer.get("/staff/runs/").text


@pytest.mark.parametrize("status", ["done", "failed", "cancelled"])
def test_an_ended_run_does_not_poll(trainer, status):
    run = staff_site.running()
    TrainingRun.objects.update(status=status, finished=timezone.now(), error="The disk is full.")
    text = trainer.get(f"/staff/runs/{run.public_id}/").text
    assert "every 1s" not in text
    assert figure(text, "loss")["data"][0]["x"][-1] == pytest.approx(4.4, abs=0.1)
    assert "Reading the images." in text
    assert ("The disk is full." in text) == (status == "failed")
    assert "Start again with the same settings" in text


def test_a_waiting_run_says_that_it_waits(trainer):
    run = staff_site.run(stage="It waits until another run has ended.")
    text = trainer.get(f"/staff/runs/{run.public_id}/").text
    assert "Waiting" in text
    assert "It waits until another run has ended." in text
    assert "Nothing has been written yet." in text


def test_a_done_run_leads_to_its_version(trainer, model_version):
    run = staff_site.run(status="done", version=staff_site.candidate("first_cnn-new"), finished=timezone.now())
    text = trainer.get(f"/staff/runs/{run.public_id}/").text
    assert f"/staff/versions/{run.version.public_id}/" in text
    assert f"/staff/versions/{run.version.public_id}/compare/" in text


def test_cancelling_answers_with_the_fragment_or_leads_back(trainer):
    run = staff_site.run()
    fragment = trainer.post(f"/staff/runs/{run.public_id}/cancel/", headers=HTMX)
    assert 'data-state="cancelled"' in fragment.text
    second = trainer.post(f"/staff/runs/{run.public_id}/cancel/")
    assert second.headers["Location"] == f"/staff/runs/{run.public_id}/"


def test_starting_again_uses_the_same_settings(trainer, nothing_sent):
    old = staff_site.run(status="failed", finished=timezone.now())
    response = trainer.post(f"/staff/runs/{old.public_id}/repeat/")
    new = TrainingRun.objects.exclude(pk=old.pk).get()
    assert response.headers["Location"] == f"/staff/runs/{new.public_id}/"
    assert new.recipe == old.recipe


def test_outdated_settings_are_refused_with_a_sentence(trainer, nothing_sent):
    old = staff_site.run(status="failed", finished=timezone.now())
    TrainingRun.objects.update(recipe={"architecture": "gone"})
    response = trainer.post(f"/staff/runs/{old.public_id}/repeat/", follow=True)
    assert "These settings can no longer be used" in response.text
    assert TrainingRun.objects.count() == 1


def test_curves_are_thinned_and_keep_their_last_point():
    points = list(range(1, 2001))
    thinned = runs._thin(points)  # type: ignore[arg-type]  # any values will do
    assert len(thinned) <= runs.CURVE_POINTS + 1
    assert (thinned[0], thinned[-1]) == (1, 2000)


def test_a_trial_and_the_final_fit_are_two_lines(trainer):
    run = staff_site.run(status="done", finished=timezone.now(), epochs=3)
    staff_site.add_points(run, 3, stage=0)
    staff_site.add_points(run, 2, stage=1)
    text = trainer.get(f"/staff/runs/{run.public_id}/").text
    names = [trace["name"] for trace in figure(text, "accuracy")["data"]]
    assert names == ["trial", "final fit", "held out"]
    for name in names:  # the table that has the figures where no script draws them
        assert text.count(f'<th scope="col" class="number">{name}</th>') == 2


def test_a_long_log_is_shown_from_its_end(trainer):
    run = staff_site.run(log="first line\n" + "x" * runs.LOG_CHARACTERS + "\nlast line\n")
    text = trainer.get(f"/staff/runs/{run.public_id}/").text
    assert "first line" not in text
    assert "last line" in text


def test_list_shows_a_page_of_runs_with_few_queries(trainer, owner, django_assert_max_num_queries):
    for _ in range(30):
        staff_site.run(owner, status="cancelled", finished=timezone.now())
    with django_assert_max_num_queries(8):
        text = trainer.get("/staff/runs/").text
    assert text.count("run-") >= 25
    assert "Page 1 of 2" in text
    assert "Page 2 of 2" in trainer.get("/staff/runs/?page=2").text


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(4, "a few seconds"), (64, "about 60 seconds"), (221, "about 4 minutes"), (9_000, "about 2 hours")],
)
def test_a_duration_is_rounded(seconds, words):
    assert about(seconds) == words


@pytest.mark.parametrize("name", ["loss", "accuracy"])
def test_the_chart_of_one_epoch_shows_its_batches(trainer, name):
    run = staff_site.running(epochs=1, epoch=1, batch=118)
    chart = figure(trainer.get(f"/staff/runs/{run.public_id}/").text, name)
    assert chart["layout"]["xaxis"]["title"]["text"] == "batch of the only epoch"
    assert chart["layout"]["xaxis"]["range"] == [0, pytest.approx(1.02 * 472)]
    assert chart["data"][0]["x"] == pytest.approx([47.2, 94.4])


def test_the_first_losses_do_not_hide_the_late_epochs(trainer):
    run = staff_site.running()
    RunPoint.objects.create(run=run, at=0.01, loss=40.0, accuracy=0.1)
    assert figure(trainer.get(f"/staff/runs/{run.public_id}/").text, "loss")["layout"]["yaxis"]["range"][1] < 2


def promised(client, version=None, **changed):
    return flat(client.post("/staff/runs/new/time/", filled(version, **changed)).text)


TIMED = {
    "machine": "Abacus, 2 cores",
    "steps": {step: {"seconds": 1, "work": 1, "unit_s": 0, "overhead_s": 1} for step in Step}
    | {"fit": {"seconds": 330, "work": 55_000, "unit_s": 0.006, "overhead_s": 0}},
}


def a_timed_run(**recipe):
    ended = datetime(2026, 11, 27, 12, tzinfo=UTC)
    made = staff_site.run(status="done", started=ended - timedelta(minutes=8), finished=ended, timings=TIMED)
    TrainingRun.objects.filter(pk=made.pk).update(recipe=recipe)
    return made


def test_the_promise_beside_the_button_is_rough_until_a_run_was_timed(trainer, model_version, monkeypatch):
    minutes = []
    for slow in (1, 6):
        monkeypatch.setattr("training.runs.timing.paces._probe", lambda slow=slow: float(slow))
        cache.delete("training:speed")
        text = flat(trainer.get("/staff/runs/new/").text)
        minutes += re.findall(r"With these settings it takes about (\d+) minutes. This is a rough figure", text)
    assert 5 < int(minutes[1]) / int(minutes[0]) < 7


def test_the_promise_comes_from_the_last_such_run_on_this_machine(trainer, model_version, monkeypatch):
    monkeypatch.setattr("training.pages.runs.promise.this_machine", lambda: "Abacus, 2 cores")
    settings = default_recipe(model_version).to_json() | {"seed": 7}
    del settings["boxed"]  # a run from before this setting
    a_timed_run(**settings)
    text = flat(trainer.get("/staff/runs/new/").text)
    assert "the last such run, on 27 November, took 8 min 00 s on this machine" in text
    assert "rough" not in text
    assert text.count(promised(trainer, model_version).split(">", 1)[1].split("<")[0]) == 1  # the same words


@pytest.mark.parametrize(
    ("drawn_then", "words"),
    [
        (lambda now: now, "."),
        (lambda now: 3 * now, ", but it had to draw pictures that are kept now."),
        (lambda now: 1, ", but its pictures were kept from an earlier run, and now they have to be drawn."),
    ],
)
def test_the_promise_says_why_the_last_such_run_took_longer_or_shorter(trainer, model_version, drawn_then, words):
    settings = default_recipe(model_version).to_json() | {"generated": 0, "junk": 0}
    now = work_of(Recipe.from_json(settings), 0)[Step.DRAWINGS]
    a_timed_run(**settings)
    steps = TIMED["steps"] | {Step.DIGITS: {}, Step.OUTLIERS: {}}
    steps[Step.DRAWINGS] = steps[Step.DRAWINGS] | {"work": drawn_then(now)}
    TrainingRun.objects.update(timings=TIMED | {"steps": {step: timed for step, timed in steps.items() if timed}})
    assert f"took 8 min 00 s on another machine (Abacus, 2 cores){words}" in promised(
        trainer, model_version, **settings
    )


def test_the_promise_follows_the_settings_of_the_form(trainer, model_version):
    settings = default_recipe(model_version).to_json() | {"mnist": True, "generated": 0, "junk": 0}
    a_timed_run(**settings)
    once, twice = (promised(trainer, model_version, **settings | {"epochs": epochs}) for epochs in (10, 20))
    # 0.006 s for each of 55,000 images shown, ten and twenty times
    assert "takes about 55 minutes, estimated from earlier runs of this network on another machine (Abacus" in once
    assert "takes about 2 hours, estimated" in twice
    assert "Some settings are not valid yet" in promised(trainer, model_version, epochs=0)
    assert TrainingRun.objects.count() == 1


def test_a_run_of_another_network_says_how_fast_the_machine_is(trainer, model_version):
    settings = default_recipe(model_version).to_json() | {"mnist": True, "generated": 0, "junk": 0, "epochs": 1}
    rough = promised(trainer, model_version, **settings)
    a_timed_run(**settings | {"architecture": "deeper_cnn"})
    other = promised(trainer, model_version, **settings)
    assert "rough figure" in rough
    assert "estimated from runs of another network" in other


def test_a_run_that_made_a_known_network_names_it(trainer, model_version):
    known = staff_site.candidate("known")
    run = staff_site.run(status="done", same_as=known)
    for address in (f"/staff/runs/{run.public_id}/", "/staff/runs/"):
        assert "the same" in (text := flat(trainer.get(address).text))
        assert f"/staff/versions/{known.public_id}/" in text


def test_a_run_cancelled_before_its_first_batch_has_no_curve(trainer):
    run = staff_site.run(status="cancelled")
    assert "ended before its first batches, so there is no curve" in trainer.get(f"/staff/runs/{run.public_id}/").text


def test_a_waiting_run_says_how_long_it_will_take_if_its_settings_exist(trainer, model_version):
    run = staff_site.run(stage="It waits.")
    assert "With these settings it takes" in flat(trainer.get(f"/staff/runs/{run.public_id}/").text)
    TrainingRun.objects.update(recipe={"architecture": "gone"})
    assert "With these settings" not in trainer.get(f"/staff/runs/{run.public_id}/").text
