"""The pages of versions: list, figures, files, comparing, promoting and rolling back."""

import numpy as np
import pytest

from classifier.digits.registry import activate
from classifier.models import Activation, ModelVersion
from classifier.recognition.wording import percent
from tests import staff_site
from tests.markup import flat
from training.evaluation.robustness.changes import CHANGES
from training.evaluation.robustness.curves import packed
from training.models import Measurement
from training.pages.versions import comparison
from training.pages.versions import details as version_pages

PROMOTE, OVERRIDE = "classifier.promote_modelversion", "classifier.override_gate"


@pytest.fixture
def reader(db):
    return staff_site.staff_client()


@pytest.fixture
def versions(model_version, monkeypatch):
    """The version in service, a better and a worse candidate, all measured only on the sets that ship."""
    monkeypatch.setattr("training.evaluation.fixed_sets._mnist_test_images", lambda: None)
    staff_site.measured(model_version, 0.98)
    better, worse = staff_site.candidate("better"), staff_site.candidate("worse")
    staff_site.measured(better, 0.99, seed=4)
    staff_site.measured(worse, 0.80, seed=5)
    return {"serving": model_version, "better": better, "worse": worse}


def address(version, end=""):
    return f"/staff/versions/{version.public_id}/{end}"


def test_accuracy_on_generated_digits_is_not_said_to_be_on_mnist(reader, versions):
    version = versions["better"]
    assert "of the MNIST test images" in flat(reader.get(address(version)).text)
    version.metadata = version.metadata | {"evaluation": version.metadata["evaluation"] | {"dataset": "generated"}}
    version.save()
    for end in ("", "compare/"):
        assert "99.31 %" in (text := flat(reader.get(address(version, end)).text))
        assert "of the generated test images of its training" in text
    (row,) = (row for row in version_pages.versions("digit") if row["version"] == version)
    assert row["figures"][0] == ("MNIST", "–")


def promote(client, version, **form):
    return client.post(address(version, "promote/"), {"reason": "It reads more."} | form)


def serving():
    return ModelVersion.objects.active().get().name


def test_the_list_marks_the_version_in_service_with_few_queries(reader, versions, django_assert_max_num_queries):
    with django_assert_max_num_queries(12):
        text = reader.get("/staff/versions/").text
    assert text.count('class="serving"') == 1
    for version in versions.values():
        assert address(version) in text


def test_more_versions_cost_no_more_queries(reader, versions, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(
        connection,
    ) as few:
        version_pages.versions("digit")
    for number in range(4):
        staff_site.run(version=staff_site.candidate(f"more-{number}"), status="done")
    with django_assert_num_queries(len(few)):
        assert len(version_pages.versions("digit")) == 7


def test_the_page_of_a_version_shows_its_measurement(reader, versions):
    text = reader.get(address(versions["better"])).text
    figures = Measurement.objects.get(version=versions["better"]).figures["strokes"]
    assert "Generated strokes" in text
    assert percent(figures["accuracy"]) in text
    assert 'id="strokes-figure"' in text  # the reliability chart
    assert text.count('class="mistake"') == len(figures["mistakes"])
    assert versions["better"].metadata["files"]["mnist_cnn_model.h5"]["sha256"] in text
    assert "conv_1 (Conv2D)" in text


def test_a_version_without_a_measurement_shows_the_figures_of_its_training(reader, model_version):
    text = reader.get(address(model_version)).text
    assert "This version has not been measured here yet" in text
    assert percent(model_version.accuracy) in text


@pytest.mark.parametrize("suffix", ["h5", "keras", "tflite"])
def test_staff_download_the_three_files(reader, model_version, suffix):
    name = f"mnist_cnn_model.{suffix}"
    response = reader.get(address(model_version, f"files/{name}"))
    content = b"".join(response.streaming_content)
    assert len(content) == model_version.metadata["files"][name]["bytes"]
    assert f'filename="{name}"' in response.headers["Content-Disposition"]


@pytest.mark.parametrize("name", ["metadata.json", "summary.txt", "nothing.h5", "..%2Fsecret_key"])
def test_other_files_are_a_404(reader, model_version, name):
    assert reader.get(address(model_version, f"files/{name}")).status_code == 404


def test_a_missing_file_is_a_404(reader, model_version):
    model_version.h5_file.delete(save=False)
    assert reader.get(address(model_version, "files/mnist_cnn_model.h5")).status_code == 404


def test_the_comparison_shows_the_result_of_the_gate(reader, versions):
    better, worse = (reader.get(address(versions[name], "compare/")).text for name in ("better", "worse"))
    assert "It is not significantly worse: it may be promoted" in better
    assert "It is significantly worse: the gate refuses it" in worse
    assert "the candidate is worse by more than chance explains" in worse


def test_the_comparison_shows_digits_and_disagreements(reader, versions):
    text = reader.get(address(versions["worse"], "compare/")).text
    assert text.count("difference--") == 11  # ten digits and all
    assert text.count('class="mistake"') == comparison.DISAGREEMENTS


def test_a_comparison_with_another_version_offers_no_promotion(reader, versions):
    other = versions["worse"].public_id
    client = staff_site.staff_client(PROMOTE)
    text = client.get(address(versions["better"], f"compare/?with={other}")).text
    assert "Put it into service" not in text
    assert "The gate compares with the version in service" in text


@pytest.mark.parametrize("chosen", ["nonsense", "c1a55e5e-0000-4000-8000-000000000000"])
def test_a_comparison_with_an_unknown_version_is_a_404(reader, versions, chosen):
    assert reader.get(address(versions["better"], f"compare/?with={chosen}")).status_code == 404


def test_a_candidate_without_a_measurement_is_shown(reader, model_version):
    text = flat(reader.get(address(staff_site.candidate("fresh"), "compare/")).text)
    assert "fresh has not been measured here yet" in text


def test_the_version_in_service_is_compared_with_the_one_before(reader, versions):
    activate(versions["better"], kind=Activation.Kind.PROMOTION)
    response = reader.get(address(versions["better"], "compare/"))
    assert response.context["other"] == versions["serving"]


@pytest.mark.parametrize(
    ("new", "old", "words"),
    [
        (0, 0, "Both read the same"),
        (9, 2, "the candidate is better"),
        (5, 4, "chance explains the difference"),
        (2, 30, "the candidate is worse"),
    ],
)
def test_the_result_of_mcnemars_test_is_put_in_words(new, old, words):
    counts = {"only_candidate": new, "only_in_service": old, "significantly_worse": (new, old) == (2, 30)}
    assert words in comparison.in_words(counts)


@pytest.fixture
def asked(monkeypatch):
    """The requests for reports; the current pictures have the key "the same"."""
    asked = []
    monkeypatch.setattr("training.runs.reports.request_missing", lambda: asked.append(1))
    for module in ("training.evaluation.robustness.report", "tests.staff_site"):
        monkeypatch.setattr(f"{module}.pictures_key", lambda: "the same")
    return asked


def test_a_report_shows_curves_with_falls_and_tables(reader, versions, asked):
    staff_site.with_report(versions["serving"], 0.975)
    staff_site.with_report(versions["better"], 0.975)
    staff_site.with_report(versions["worse"], 0.75)
    text = flat(reader.get(address(versions["worse"])).text)
    assert text.count('-curve-figure" data-kind="plot"') == len(CHANGES)
    assert "of its size" in text  # what an axis means
    levels = sum(len(change.levels) for change in CHANGES) - 1  # of two bad levels none is a fall
    assert f"{levels} falls" in text
    assert text.count("a fall</span>") == levels
    assert "Nowhere does the accuracy fall" in reader.get(address(versions["better"])).text
    assert asked == []
    assert "hx-get" not in text.split('id="robustness"')[1].split(">")[0]


def test_a_single_fall_is_marked_at_its_level(reader, versions, asked):
    staff_site.with_report(versions["serving"], 0.975)
    staff_site.with_report(versions["better"], 0.975)
    row = Measurement.objects.get(version=versions["better"])
    worse = row.figures["robustness"]["curves"]["noise"][3]
    worse |= {"accuracy": 0.8, "right": packed(np.arange(40) < 32)}
    row.save()
    context = reader.get(address(versions["better"])).context["report"]
    assert [curve["falls"] for curve in context["robustness"] if curve["falls"]] == [[3]]
    (noise,) = (curve for curve in context["robustness"] if curve["name"] == "noise")
    crosses = noise["figure"]["data"][-1]
    assert (crosses["mode"], crosses["x"], crosses["y"]) == ("markers", ["45"], [0.8])
    assert noise["rows"][3]["difference"] == "−17.50"


def test_a_missing_report_is_requested_and_awaited(reader, versions, asked):
    text = flat(reader.get(address(versions["better"])).text)
    assert "This report is being measured" in text
    assert f'hx-get="{address(versions["better"], "card/")}?with={versions["serving"].public_id}"' in text
    assert asked == [1]
    staff_site.with_report(versions["serving"], 0.975)
    staff_site.with_report(versions["better"], 0.975)
    fragment = reader.get(address(versions["better"], "card/")).text
    assert fragment.strip().startswith("<section")
    assert "being measured" not in fragment
    assert asked == [1]


def test_an_outdated_report_is_shown_alone_while_a_new_one_is_awaited(reader, versions, asked):
    staff_site.with_report(versions["serving"], 0.975)
    staff_site.with_report(versions["better"], 0.5, pictures="older ones")
    text = reader.get(address(versions["better"])).text
    assert "is missing or out of date" in text
    assert percent(0.5) in text
    assert "a fall</span>" not in text
    assert asked == [1]


def test_sets_of_the_site_are_compared_with_the_other_version(reader, versions, asked, settings):
    settings.EVALUATION_SETS = {"mine": "/a", "junk": "/b", "gone": "/c", "other": "/d"}

    def of_a_set(right, path, labelled=40, sha256="same"):
        shared = {"images": 40, "labelled": labelled, "path": path, "sha256": sha256}
        shared["right"] = packed(np.arange(40) < right)
        if not labelled:
            return shared | {"junk": {"images": 40, "caught": right / 40, "refused": 0.5, "unsure": 0.25}}
        shares = {"accuracy": right / 40, "refused": 0.05, "unsure": 0.1, "ece": 0.02, "confidence_when_wrong": 0.6}
        return shared | shares

    gone = {"error": "There is no /c.", "path": "/c"}
    old = {"mine": of_a_set(38, "/a"), "junk": of_a_set(36, "/b", 0), "gone": gone, "other": of_a_set(40, "/d")}
    new = {"mine": of_a_set(20, "/a"), "junk": of_a_set(36, "/b", 0), "gone": gone}
    new["other"] = of_a_set(9, "/d", sha256="another")
    staff_site.with_report(versions["serving"], 0.975, sets=old)
    staff_site.with_report(versions["worse"], 0.975, sets=new)
    response = reader.get(address(versions["worse"], "compare/"))
    rows = {row["name"]: row for row in response.context["report"]["sets"]}
    assert (rows["mine"]["difference"], rows["mine"]["is_fall"], rows["mine"]["ece"]) == (
        "−45.00",
        True,
        percent(0.02),
    )
    assert (rows["junk"]["new"], rows["junk"]["is_fall"], rows["junk"]["is_outliers"]) == (percent(0.9), False, True)
    assert rows["gone"]["error"] == "There is no /c."
    assert (rows["other"]["old"], rows["other"]["is_fall"]) == ("–", False)  # not the same pictures
    assert "There is no /c." in response.text


def test_refused_and_unsure_shares_are_shown_if_they_were_measured(reader, versions):
    row = Measurement.objects.get(version=versions["better"])
    before = reader.get(address(versions["better"])).text
    assert "Refused as not a digit" not in before  # measured before there were verdicts
    row.figures["strokes"] |= {"refused": 0.004, "unsure": 0.021}
    row.save()
    assert (
        f"Refused as not a digit: {percent(0.004)}; unsure: {percent(0.021)}."
        in reader.get(address(versions["better"])).text
    )
    (pair,) = reader.get(address(versions["better"], "compare/")).context["sets"]
    assert pair["others"][1:] == [("refused", percent(0.004), "–"), ("unsure", percent(0.021), "–")]


def test_promoting_records_who_and_why(versions):
    response = promote(staff_site.staff_client(PROMOTE), versions["better"])
    latest = Activation.objects.first()
    assert response.headers["Location"] == "/staff/versions/"
    assert serving() == "better"
    assert (latest.by, latest.reason, latest.overridden) == (response.wsgi_request.user, "It reads more.", False)


def test_promoting_needs_the_permission(reader, versions):
    before = serving()
    assert promote(reader, versions["better"]).status_code == 403
    assert "Put it into service" not in reader.get(address(versions["better"], "compare/")).text
    assert serving() == before


def test_promoting_needs_a_reason(versions):
    response = promote(staff_site.staff_client(PROMOTE), versions["better"], reason=" ")
    assert response.status_code == 400
    assert "Give the reason in a few words." in response.text


def test_a_version_refused_by_the_gate_is_not_promoted(versions):
    before = serving()
    response = promote(
        staff_site.staff_client(PROMOTE), versions["worse"], override="on"
    )  # without permission to override
    assert response.status_code == 409
    assert "Not promoted." in response.text
    assert "significantly worse" in response.text
    assert serving() == before


def test_overriding_needs_a_separate_choice_and_is_recorded(versions):
    client = staff_site.staff_client(PROMOTE, OVERRIDE)
    assert "I override the gate" in client.get(address(versions["worse"], "compare/")).text
    assert promote(client, versions["worse"]).status_code == 409
    assert promote(client, versions["worse"], override="on").status_code == 302
    assert (serving(), Activation.objects.first().overridden) == ("worse", True)
    assert "although the gate refused it" in client.get("/staff/versions/").text


def test_rolling_back_leads_to_the_version_before(versions):
    client, before = staff_site.staff_client(PROMOTE), serving()
    assert "Roll back" not in client.get("/staff/versions/").text  # no version served before
    promote(client, versions["better"])
    assert "Roll back" in client.get("/staff/versions/").text
    form = {"leaving": versions["better"].public_id, "reason": "It reads 7s as 1s."}
    for _ in range(2):  # pressed twice goes back once
        client.post("/staff/versions/rollback/", form)
    assert serving() == before
    assert Activation.objects.first().reason == "It reads 7s as 1s."
    assert Activation.objects.filter(kind="rollback").count() == 1


def test_rolling_back_with_nothing_before_says_so(versions):
    form = {"leaving": versions["serving"].public_id}
    response = staff_site.staff_client(PROMOTE).post("/staff/versions/rollback/", form, follow=True)
    assert "No version was in service before this one" in response.text


def test_rolling_back_needs_the_permission(reader, versions):
    promote(staff_site.staff_client(PROMOTE), versions["better"])
    form = {"leaving": versions["better"].public_id}
    assert reader.post("/staff/versions/rollback/", form).status_code == 403
    assert serving() == "better"


def test_everybody_sees_layers_and_calibration_and_staff_a_link_to_all_versions(client, reader, versions):
    text = client.get("/model/").text
    assert text.count('class="layer"') == 8
    assert "how far confidence and accuracy differ" in text  # from the metadata of the training: MNIST was not measured
    assert "/staff/versions/" not in text
    assert "/staff/versions/" in reader.get("/model/").text


def test_staff_pages_hold_no_inline_script_or_style(staff_client, versions):
    made = staff_site.running()
    candidate = versions["worse"]
    for path in (
        "/staff/",
        f"/staff/runs/{made.public_id}/",
        "/staff/runs/new/",
        address(candidate),
        address(candidate, "compare/"),
        "/staff/review/",
    ):
        text = staff_client.get(path).text
        assert 'style="' not in text
        for script in text.split("<script")[1:]:
            opening = script[: script.index(">")]
            assert "src=" in opening or "application/json" in opening
