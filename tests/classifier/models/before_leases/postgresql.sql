SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
CREATE FUNCTION public.digit_answered() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE classifier_digit SET "status" = NEW.status, "verdict" = NEW.verdict, "read" = CASE WHEN NEW.status <> 'done' OR NEW.label IS NULL THEN 11 WHEN NEW.verdict = 'not_a_digit' THEN 10 ELSE NEW.label END, "confidence" = CASE WHEN NEW.status = 'done' THEN COALESCE(NEW.confidence, -1.0) ELSE -1.0 END, "version_id" = NEW.model_version_id, "foreign_version_id" = NEW.foreign_version_id WHERE id = NEW.digit_id AND NEW.id = (SELECT MIN(p.id) FROM classifier_prediction p JOIN classifier_drawing d ON d.id = classifier_digit.drawing_id WHERE p.digit_id = classifier_digit.id AND p.revision = d.revision) AND NOT (COALESCE(classifier_digit."read", -9) = COALESCE(CASE WHEN NEW.status <> 'done' OR NEW.label IS NULL THEN 11 WHEN NEW.verdict = 'not_a_digit' THEN 10 ELSE NEW.label END, -9) AND COALESCE(classifier_digit."confidence", -9) = COALESCE(CASE WHEN NEW.status = 'done' THEN COALESCE(NEW.confidence, -1.0) ELSE -1.0 END, -9) AND COALESCE(classifier_digit."version_id", -9) = COALESCE(NEW.model_version_id, -9) AND COALESCE(classifier_digit."foreign_version_id", -9) = COALESCE(NEW.foreign_version_id, -9) AND "status" = NEW.status AND "verdict" = NEW.verdict); RETURN NULL; END $$;
CREATE FUNCTION public.digit_answered_at_once() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE classifier_digit SET "status" = NEW.status, "verdict" = NEW.verdict, "read" = CASE WHEN NEW.status <> 'done' OR NEW.label IS NULL THEN 11 WHEN NEW.verdict = 'not_a_digit' THEN 10 ELSE NEW.label END, "confidence" = CASE WHEN NEW.status = 'done' THEN COALESCE(NEW.confidence, -1.0) ELSE -1.0 END, "version_id" = NEW.model_version_id, "foreign_version_id" = NEW.foreign_version_id WHERE id = NEW.digit_id AND NEW.id = (SELECT MIN(p.id) FROM classifier_prediction p JOIN classifier_drawing d ON d.id = classifier_digit.drawing_id WHERE p.digit_id = classifier_digit.id AND p.revision = d.revision) AND NOT (COALESCE(classifier_digit."read", -9) = COALESCE(CASE WHEN NEW.status <> 'done' OR NEW.label IS NULL THEN 11 WHEN NEW.verdict = 'not_a_digit' THEN 10 ELSE NEW.label END, -9) AND COALESCE(classifier_digit."confidence", -9) = COALESCE(CASE WHEN NEW.status = 'done' THEN COALESCE(NEW.confidence, -1.0) ELSE -1.0 END, -9) AND COALESCE(classifier_digit."version_id", -9) = COALESCE(NEW.model_version_id, -9) AND COALESCE(classifier_digit."foreign_version_id", -9) = COALESCE(NEW.foreign_version_id, -9) AND "status" = NEW.status AND "verdict" = NEW.verdict); RETURN NULL; END $$;
CREATE FUNCTION public.digit_corrected() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE classifier_digit SET said = COALESCE(NEW.label, 10) WHERE id = NEW.digit_id; RETURN NULL; END $$;
CREATE FUNCTION public.digit_corrected_anew() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE classifier_digit SET said = COALESCE(NEW.label, 10) WHERE id = NEW.digit_id AND NOT (COALESCE(classifier_digit."said", -9) = COALESCE(COALESCE(NEW.label, 10), -9)); RETURN NULL; END $$;
CREATE FUNCTION public.digit_correction_taken_back() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE classifier_digit SET said = NULL WHERE id = OLD.digit_id; RETURN NULL; END $$;
CREATE FUNCTION public.digit_drawing_changed() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE classifier_digit SET (source, created, owner_id, true_label, batch_id) = (SELECT d.source, d.created, CASE WHEN d.deleted IS NULL THEN d.owner_id END, d.true_label, d.batch_id FROM classifier_drawing d WHERE d.id = classifier_digit.drawing_id) WHERE drawing_id = NEW.id; RETURN NULL; END $$;
CREATE FUNCTION public.digit_drawing_revised() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE classifier_digit SET ("status", "verdict", "read", "confidence", "version_id", "foreign_version_id") = (SELECT CASE WHEN a.id IS NULL THEN 'queued' ELSE a.status END, CASE WHEN a.id IS NULL THEN '' ELSE a.verdict END, CASE WHEN a.id IS NULL THEN 11 ELSE CASE WHEN a.status <> 'done' OR a.label IS NULL THEN 11 WHEN a.verdict = 'not_a_digit' THEN 10 ELSE a.label END END, CASE WHEN a.id IS NULL THEN -1.0 ELSE CASE WHEN a.status = 'done' THEN COALESCE(a.confidence, -1.0) ELSE -1.0 END END, CASE WHEN a.id IS NULL THEN NULL ELSE a.model_version_id END, CASE WHEN a.id IS NULL THEN NULL ELSE a.foreign_version_id END FROM (SELECT 1 AS one) always LEFT JOIN classifier_prediction a ON a.id = (SELECT MIN(p.id) FROM classifier_prediction p JOIN classifier_drawing d ON d.id = classifier_digit.drawing_id WHERE p.digit_id = classifier_digit.id AND p.revision = d.revision)) WHERE drawing_id = NEW.id; RETURN NULL; END $$;
CREATE FUNCTION public.digit_of_drawing() RETURNS trigger
    LANGUAGE plpgsql
    AS $$ BEGIN UPDATE classifier_digit SET (source, created, owner_id, true_label, batch_id) = (SELECT d.source, d.created, CASE WHEN d.deleted IS NULL THEN d.owner_id END, d.true_label, d.batch_id FROM classifier_drawing d WHERE d.id = classifier_digit.drawing_id) WHERE id = NEW.id; RETURN NULL; END $$;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.account_emailaddress (
    id integer NOT NULL,
    email character varying(254) NOT NULL,
    verified boolean NOT NULL,
    "primary" boolean NOT NULL,
    user_id integer NOT NULL
);
ALTER TABLE public.account_emailaddress ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailaddress_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.account_emailconfirmation (
    id integer NOT NULL,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone,
    key character varying(64) NOT NULL,
    email_address_id integer NOT NULL
);
ALTER TABLE public.account_emailconfirmation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.account_emailconfirmation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_group (
    id integer NOT NULL,
    name character varying(150) NOT NULL
);
ALTER TABLE public.auth_group ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_group_permissions (
    id bigint NOT NULL,
    group_id integer NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.auth_group_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_group_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_permission (
    id integer NOT NULL,
    name character varying(255) NOT NULL,
    content_type_id integer NOT NULL,
    codename character varying(100) NOT NULL
);
ALTER TABLE public.auth_permission ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_permission_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_user (
    id integer NOT NULL,
    password character varying(128) NOT NULL,
    last_login timestamp with time zone,
    is_superuser boolean NOT NULL,
    username character varying(150) NOT NULL,
    first_name character varying(150) NOT NULL,
    last_name character varying(150) NOT NULL,
    email character varying(254) NOT NULL,
    is_staff boolean NOT NULL,
    is_active boolean NOT NULL,
    date_joined timestamp with time zone NOT NULL
);
CREATE TABLE public.auth_user_groups (
    id bigint NOT NULL,
    user_id integer NOT NULL,
    group_id integer NOT NULL
);
ALTER TABLE public.auth_user_groups ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_groups_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
ALTER TABLE public.auth_user ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.auth_user_user_permissions (
    id bigint NOT NULL,
    user_id integer NOT NULL,
    permission_id integer NOT NULL
);
ALTER TABLE public.auth_user_user_permissions ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.auth_user_user_permissions_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_activation (
    id bigint NOT NULL,
    kind character varying(10) NOT NULL,
    by_name character varying(150) NOT NULL,
    at timestamp with time zone NOT NULL,
    reason text NOT NULL,
    gate jsonb,
    overridden boolean NOT NULL,
    by_id integer,
    previous_id bigint,
    version_id bigint NOT NULL
);
ALTER TABLE public.classifier_activation ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_activation_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_apitoken (
    id bigint NOT NULL,
    public_id uuid NOT NULL,
    name character varying(60) NOT NULL,
    digest character varying(64) NOT NULL,
    hint character varying(8) NOT NULL,
    created timestamp with time zone NOT NULL,
    last_used timestamp with time zone,
    owner_id integer NOT NULL,
    expires timestamp with time zone,
    scope character varying(5) NOT NULL
);
ALTER TABLE public.classifier_apitoken ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_apitoken_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_batch (
    id bigint NOT NULL,
    public_id uuid NOT NULL,
    name character varying(255) NOT NULL,
    status character varying(10) NOT NULL,
    created timestamp with time zone NOT NULL,
    started timestamp with time zone,
    finished timestamp with time zone,
    file character varying(200) NOT NULL,
    size bigint NOT NULL,
    message character varying(300) NOT NULL,
    one_digit boolean NOT NULL,
    total integer NOT NULL,
    read integer NOT NULL,
    failed integer NOT NULL,
    digits integer NOT NULL,
    unsure integer NOT NULL,
    refused integer NOT NULL,
    labelled integer NOT NULL,
    "right" integer NOT NULL,
    confusion jsonb NOT NULL,
    "position" bigint NOT NULL,
    labels_at bigint,
    holder character varying(32) NOT NULL,
    sign timestamp with time zone NOT NULL,
    attempts smallint NOT NULL,
    owner_id integer NOT NULL,
    brought_by_id bigint,
    origin uuid,
    CONSTRAINT classifier_batch_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT classifier_batch_digits_check CHECK ((digits >= 0)),
    CONSTRAINT classifier_batch_failed_check CHECK ((failed >= 0)),
    CONSTRAINT classifier_batch_labelled_check CHECK ((labelled >= 0)),
    CONSTRAINT classifier_batch_read_check CHECK ((read >= 0)),
    CONSTRAINT classifier_batch_refused_check CHECK ((refused >= 0)),
    CONSTRAINT classifier_batch_right_check CHECK (("right" >= 0)),
    CONSTRAINT classifier_batch_total_check CHECK ((total >= 0)),
    CONSTRAINT classifier_batch_unsure_check CHECK ((unsure >= 0))
);
ALTER TABLE public.classifier_batch ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_batch_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_batchfile (
    id bigint NOT NULL,
    name character varying(255) NOT NULL,
    reason character varying(30) NOT NULL,
    sentence character varying(300) NOT NULL,
    batch_id bigint NOT NULL
);
ALTER TABLE public.classifier_batchfile ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_batchfile_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_closedaccount (
    id bigint NOT NULL,
    at timestamp with time zone NOT NULL,
    account_id integer NOT NULL
);
ALTER TABLE public.classifier_closedaccount ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_closedaccount_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_correction (
    id bigint NOT NULL,
    label smallint,
    created timestamp with time zone NOT NULL,
    changed timestamp with time zone NOT NULL,
    review character varying(10) NOT NULL,
    reviewed timestamp with time zone,
    held_back boolean NOT NULL,
    digit_id bigint NOT NULL,
    reviewed_by_id integer,
    CONSTRAINT classifier_correction_label_check CHECK ((label >= 0))
);
ALTER TABLE public.classifier_correction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_correction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_digit (
    id bigint NOT NULL,
    public_id uuid NOT NULL,
    "position" smallint NOT NULL,
    pixels bytea NOT NULL,
    preprocessing_version smallint NOT NULL,
    drawing_id bigint NOT NULL,
    box jsonb,
    hints jsonb NOT NULL,
    confidence double precision DEFAULT '-1.0'::numeric NOT NULL,
    created timestamp with time zone,
    owner_id integer,
    read smallint DEFAULT 11 NOT NULL,
    said smallint,
    source character varying(10) DEFAULT ''::character varying NOT NULL,
    status character varying(10) DEFAULT 'queued'::character varying NOT NULL,
    verdict character varying(12) DEFAULT ''::character varying NOT NULL,
    version_id bigint,
    foreign_version_id bigint,
    true_label smallint,
    batch_id bigint,
    CONSTRAINT classifier_digit_position_check CHECK (("position" >= 0)),
    CONSTRAINT classifier_digit_preprocessing_version_check CHECK ((preprocessing_version >= 0)),
    CONSTRAINT classifier_digit_read_check CHECK ((read >= 0)),
    CONSTRAINT classifier_digit_said_check CHECK ((said >= 0)),
    CONSTRAINT classifier_digit_true_label_check CHECK ((true_label >= 0))
);
ALTER TABLE public.classifier_digit ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_digit_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_drawing (
    id bigint NOT NULL,
    public_id uuid NOT NULL,
    source character varying(10) NOT NULL,
    created timestamp with time zone NOT NULL,
    revision integer NOT NULL,
    strokes jsonb,
    width integer NOT NULL,
    height integer NOT NULL,
    pen double precision,
    pointer character varying(10) NOT NULL,
    original character varying(100) NOT NULL,
    original_format character varying(10) NOT NULL,
    true_label smallint,
    sample_index integer,
    owner_id integer NOT NULL,
    one_digit boolean NOT NULL,
    deleted timestamp with time zone,
    member character varying(255) NOT NULL,
    member_at bigint,
    batch_id bigint,
    origin uuid,
    brought_by_id bigint,
    CONSTRAINT classifier_drawing_height_check CHECK ((height >= 0)),
    CONSTRAINT classifier_drawing_revision_check CHECK ((revision >= 0)),
    CONSTRAINT classifier_drawing_sample_index_check CHECK ((sample_index >= 0)),
    CONSTRAINT classifier_drawing_true_label_check CHECK ((true_label >= 0)),
    CONSTRAINT classifier_drawing_width_check CHECK ((width >= 0))
);
ALTER TABLE public.classifier_drawing ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_drawing_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_foreignversion (
    id bigint NOT NULL,
    name character varying(100) NOT NULL,
    architecture character varying(100) NOT NULL,
    tflite_sha256 character varying(64) NOT NULL,
    owner_id integer NOT NULL
);
ALTER TABLE public.classifier_foreignversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_foreignversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_idempotencykey (
    id bigint NOT NULL,
    digest character varying(64) NOT NULL,
    fingerprint character varying(64) NOT NULL,
    drawing_id uuid NOT NULL,
    is_done boolean NOT NULL,
    created timestamp with time zone NOT NULL,
    owner_id integer NOT NULL
);
ALTER TABLE public.classifier_idempotencykey ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_idempotencykey_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_import (
    id bigint NOT NULL,
    public_id uuid NOT NULL,
    status character varying(10) NOT NULL,
    file character varying(100) NOT NULL,
    name character varying(100) NOT NULL,
    size bigint NOT NULL,
    created timestamp with time zone NOT NULL,
    finished timestamp with time zone,
    beat timestamp with time zone NOT NULL,
    holder uuid,
    attempts smallint NOT NULL,
    cancel_asked boolean NOT NULL,
    error character varying(300) NOT NULL,
    "position" bigint NOT NULL,
    announced integer NOT NULL,
    seen integer NOT NULL,
    brought integer NOT NULL,
    known integer NOT NULL,
    refused integer NOT NULL,
    digits integer NOT NULL,
    corrections integer NOT NULL,
    originals integer NOT NULL,
    remarks integer NOT NULL,
    unpacked bigint NOT NULL,
    owner_id integer NOT NULL,
    batches integer NOT NULL,
    part character varying(10) NOT NULL,
    restored integer NOT NULL,
    CONSTRAINT classifier_import_announced_check CHECK ((announced >= 0)),
    CONSTRAINT classifier_import_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT classifier_import_batches_check CHECK ((batches >= 0)),
    CONSTRAINT classifier_import_brought_check CHECK ((brought >= 0)),
    CONSTRAINT classifier_import_corrections_check CHECK ((corrections >= 0)),
    CONSTRAINT classifier_import_digits_check CHECK ((digits >= 0)),
    CONSTRAINT classifier_import_known_check CHECK ((known >= 0)),
    CONSTRAINT classifier_import_originals_check CHECK ((originals >= 0)),
    CONSTRAINT classifier_import_position_check CHECK (("position" >= 0)),
    CONSTRAINT classifier_import_refused_check CHECK ((refused >= 0)),
    CONSTRAINT classifier_import_remarks_check CHECK ((remarks >= 0)),
    CONSTRAINT classifier_import_restored_check CHECK ((restored >= 0)),
    CONSTRAINT classifier_import_seen_check CHECK ((seen >= 0)),
    CONSTRAINT classifier_import_size_check CHECK ((size >= 0)),
    CONSTRAINT classifier_import_unpacked_check CHECK ((unpacked >= 0))
);
ALTER TABLE public.classifier_import ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_import_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_importproblem (
    id bigint NOT NULL,
    drawing integer,
    sentence character varying(300) NOT NULL,
    taken_id bigint NOT NULL,
    CONSTRAINT classifier_importproblem_drawing_check CHECK ((drawing >= 0))
);
ALTER TABLE public.classifier_importproblem ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_importproblem_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_modelversion (
    id bigint NOT NULL,
    public_id uuid NOT NULL,
    name character varying(100) NOT NULL,
    architecture character varying(100) NOT NULL,
    parameters integer NOT NULL,
    accuracy double precision NOT NULL,
    metadata jsonb NOT NULL,
    summary text NOT NULL,
    tflite_file character varying(100) NOT NULL,
    keras_file character varying(100) NOT NULL,
    h5_file character varying(100) NOT NULL,
    tflite_sha256 character varying(64) NOT NULL,
    created timestamp with time zone NOT NULL,
    is_active boolean NOT NULL,
    activated timestamp with time zone,
    CONSTRAINT classifier_modelversion_parameters_check CHECK ((parameters >= 0))
);
ALTER TABLE public.classifier_modelversion ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_modelversion_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_prediction (
    id bigint NOT NULL,
    revision integer NOT NULL,
    preprocessing_version smallint NOT NULL,
    status character varying(10) NOT NULL,
    verdict character varying(12) NOT NULL,
    label smallint,
    confidence double precision,
    probabilities jsonb,
    logits jsonb,
    inference_ms double precision,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone NOT NULL,
    attempts smallint NOT NULL,
    finished timestamp with time zone,
    error character varying(200) NOT NULL,
    digit_id bigint NOT NULL,
    model_version_id bigint,
    candidates jsonb NOT NULL,
    reason character varying(30) NOT NULL,
    foreign_version_id bigint,
    CONSTRAINT classifier_prediction_attempts_check CHECK ((attempts >= 0)),
    CONSTRAINT classifier_prediction_label_check CHECK ((label >= 0)),
    CONSTRAINT classifier_prediction_preprocessing_version_check CHECK ((preprocessing_version >= 0)),
    CONSTRAINT classifier_prediction_revision_check CHECK ((revision >= 0)),
    CONSTRAINT prediction_of_one_version CHECK (((model_version_id IS NULL) OR (foreign_version_id IS NULL)))
);
ALTER TABLE public.classifier_prediction ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_prediction_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.classifier_rereading (
    id bigint NOT NULL,
    public_id uuid NOT NULL,
    status character varying(10) NOT NULL,
    digits integer NOT NULL,
    looked_at integer NOT NULL,
    answered integer NOT NULL,
    last_digit bigint NOT NULL,
    last_created timestamp with time zone,
    created timestamp with time zone NOT NULL,
    beat timestamp with time zone NOT NULL,
    finished timestamp with time zone,
    error character varying(200) NOT NULL,
    model_version_id bigint NOT NULL,
    owner_id integer NOT NULL,
    requested_by_id integer,
    CONSTRAINT classifier_rereading_answered_check CHECK ((answered >= 0)),
    CONSTRAINT classifier_rereading_digits_check CHECK ((digits >= 0)),
    CONSTRAINT classifier_rereading_looked_at_check CHECK ((looked_at >= 0))
);
ALTER TABLE public.classifier_rereading ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.classifier_rereading_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_admin_log (
    id integer NOT NULL,
    action_time timestamp with time zone NOT NULL,
    object_id text,
    object_repr character varying(200) NOT NULL,
    action_flag smallint NOT NULL,
    change_message text NOT NULL,
    content_type_id integer,
    user_id integer NOT NULL,
    CONSTRAINT django_admin_log_action_flag_check CHECK ((action_flag >= 0))
);
ALTER TABLE public.django_admin_log ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_admin_log_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_content_type (
    id integer NOT NULL,
    app_label character varying(100) NOT NULL,
    model character varying(100) NOT NULL
);
ALTER TABLE public.django_content_type ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_content_type_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_migrations (
    id bigint NOT NULL,
    app character varying(255) NOT NULL,
    name character varying(255) NOT NULL,
    applied timestamp with time zone NOT NULL
);
ALTER TABLE public.django_migrations ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.django_migrations_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.django_session (
    session_key character varying(40) NOT NULL,
    session_data text NOT NULL,
    expire_date timestamp with time zone NOT NULL
);
CREATE TABLE public.training_measurement (
    id bigint NOT NULL,
    created timestamp with time zone NOT NULL,
    figures jsonb NOT NULL,
    mnist_answers bytea NOT NULL,
    stroke_answers bytea NOT NULL,
    version_id bigint NOT NULL
);
ALTER TABLE public.training_measurement ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.training_measurement_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.training_runpoint (
    id bigint NOT NULL,
    stage smallint NOT NULL,
    at double precision NOT NULL,
    loss double precision NOT NULL,
    accuracy double precision NOT NULL,
    val_loss double precision,
    val_accuracy double precision,
    run_id bigint NOT NULL,
    CONSTRAINT training_runpoint_stage_check CHECK ((stage >= 0))
);
ALTER TABLE public.training_runpoint ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.training_runpoint_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.training_trainingrun (
    id bigint NOT NULL,
    public_id uuid NOT NULL,
    recipe jsonb NOT NULL,
    promote_if_passed boolean NOT NULL,
    status character varying(10) NOT NULL,
    created timestamp with time zone NOT NULL,
    sent timestamp with time zone NOT NULL,
    started timestamp with time zone,
    finished timestamp with time zone,
    last_sign timestamp with time zone,
    cancel_asked boolean NOT NULL,
    stage character varying(200) NOT NULL,
    epoch integer NOT NULL,
    epochs integer NOT NULL,
    batch integer NOT NULL,
    batches integer NOT NULL,
    seconds_left double precision,
    log text NOT NULL,
    error text NOT NULL,
    requested_by_id integer,
    version_id bigint,
    CONSTRAINT training_trainingrun_batch_check CHECK ((batch >= 0)),
    CONSTRAINT training_trainingrun_batches_check CHECK ((batches >= 0)),
    CONSTRAINT training_trainingrun_epoch_check CHECK ((epoch >= 0)),
    CONSTRAINT training_trainingrun_epochs_check CHECK ((epochs >= 0))
);
ALTER TABLE public.training_trainingrun ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.training_trainingrun_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
CREATE TABLE public.usersessions_usersession (
    id bigint NOT NULL,
    created_at timestamp with time zone NOT NULL,
    ip inet NOT NULL,
    last_seen_at timestamp with time zone NOT NULL,
    session_key character varying(40) NOT NULL,
    user_agent character varying(200) NOT NULL,
    data jsonb NOT NULL,
    user_id integer NOT NULL
);
ALTER TABLE public.usersessions_usersession ALTER COLUMN id ADD GENERATED BY DEFAULT AS IDENTITY (
    SEQUENCE NAME public.usersessions_usersession_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);
INSERT INTO public.auth_user VALUES (1, '', NULL, false, 'owner', '', '', '', false, true, '2026-11-29 00:09:09.703589+00');
INSERT INTO public.classifier_batch VALUES (1, '9b148057-b864-4635-a13f-6bceb2613536', 'waiting', 'queued', '2026-11-29 00:09:09.710834+00', NULL, NULL, '', 10, '', false, 5, 0, 0, 0, 0, 0, 0, 0, '[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]', 3, NULL, '', '2026-11-29 00:09:09.711055+00', 0, 1, NULL, NULL);
INSERT INTO public.classifier_batch VALUES (3, 'dac1dca9-811a-447f-bde8-5fdc247764fa', 'done', 'done', '2026-11-29 00:09:09.712847+00', NULL, '2026-11-01 12:00:00+00', '', 10, '', false, 5, 0, 0, 0, 0, 0, 0, 0, '[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]', 3, NULL, '', '2026-11-29 00:09:09.713001+00', 0, 1, NULL, NULL);
INSERT INTO public.classifier_batch VALUES (2, 'f98c7e21-a756-4759-90ee-850d7c681a97', 'held', 'running', '2026-11-29 00:09:09.712139+00', '2026-11-01 12:00:00+00', NULL, '', 10, '', false, 5, 0, 0, 0, 0, 0, 0, 0, '[[0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0]]', 3, NULL, '00000000000000000000000000000007', '2026-11-01 12:00:00+00', 2, 1, NULL, NULL);
INSERT INTO public.classifier_correction VALUES (1, 4, '2026-11-01 12:00:00+00', '2026-11-29 00:09:09.737651+00', 'waiting', NULL, false, 2, NULL);
INSERT INTO public.classifier_digit VALUES (1, '4e68fdf5-2f61-4750-ad7f-727f8a5c36a4', 0, '\x00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000', 1, 1, NULL, '{}', -1, '2026-11-01 12:00:00+00', 1, 11, NULL, 'draw', 'queued', '', NULL, NULL, NULL, NULL);
INSERT INTO public.classifier_digit VALUES (2, '904f5f44-3eaf-4a67-a377-e394549710b0', 0, '\x01010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101010101', 1, 2, NULL, '{}', 0.9, '2026-11-01 12:00:00+00', 1, 7, 4, 'draw', 'done', 'digit', 1, NULL, NULL, NULL);
INSERT INTO public.classifier_digit VALUES (3, 'fd503eef-0bd0-40cb-8f3f-9b9402cd4ed5', 0, '\x02020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202020202', 1, 3, NULL, '{}', 0.9, '2026-11-01 12:00:00+00', 1, 7, NULL, 'batch', 'done', 'digit', 1, NULL, NULL, 2);
INSERT INTO public.classifier_drawing VALUES (1, 'da93bf7e-7961-47ee-a0f8-d4285f1905ac', 'draw', '2026-11-01 12:00:00+00', 1, NULL, 28, 28, NULL, '', '', '', NULL, NULL, 1, false, NULL, '', NULL, NULL, NULL, NULL);
INSERT INTO public.classifier_drawing VALUES (2, '0120a8ec-3292-466f-a789-283a07c4cbd4', 'draw', '2026-11-01 12:00:00+00', 1, NULL, 28, 28, NULL, '', '', '', NULL, NULL, 1, false, NULL, '', NULL, NULL, NULL, NULL);
INSERT INTO public.classifier_drawing VALUES (3, '1737bceb-15bf-4c0c-b44a-c3e6083635c0', 'batch', '2026-11-01 12:00:00+00', 1, NULL, 28, 28, NULL, '', '', '', NULL, NULL, 1, false, NULL, '', NULL, 2, NULL, NULL);
INSERT INTO public.classifier_foreignversion VALUES (1, 'elsewhere', '', 'bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb', 1);
INSERT INTO public.classifier_import VALUES (1, '39aa9698-52ee-4e1f-ba87-bf89c27a4b9b', 'running', '', 'x.zip', 3, '2026-11-29 00:09:09.714475+00', NULL, '2026-11-01 12:00:00+00', '00000000-0000-0000-0000-000000000009', 1, false, '', 77, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 'drawings', 0);
INSERT INTO public.classifier_modelversion VALUES (1, 'a47c67b4-376d-4c96-9777-726308f45e0e', 'first-1', 'first_cnn', 42358, 0.99, '{}', '', 'a', 'b', 'c', 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa', '2026-11-29 00:09:09.704745+00', true, NULL);
INSERT INTO public.classifier_prediction VALUES (1, 1, 1, 'queued', '', NULL, NULL, NULL, NULL, NULL, '2026-11-01 12:00:00+00', '2026-11-01 12:00:00+00', 1, NULL, '', 1, NULL, '[]', '', NULL);
INSERT INTO public.classifier_prediction VALUES (2, 1, 1, 'done', 'digit', 7, 0.9, '[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]', '[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]', NULL, '2026-11-01 12:00:00+00', '2026-11-01 12:00:00+00', 1, '2026-11-01 12:00:00+00', '', 2, 1, '[]', '', NULL);
INSERT INTO public.classifier_prediction VALUES (3, 1, 1, 'done', 'digit', 7, 0.9, '[0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1, 0.1]', '[0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]', NULL, '2026-11-01 12:00:00+00', '2026-11-01 12:00:00+00', 1, '2026-11-01 12:00:00+00', '', 3, 1, '[]', '', NULL);
INSERT INTO public.classifier_rereading VALUES (1, 'd35552d1-25fd-482e-af59-c0bb0384b373', 'running', 9, 4, 0, 0, NULL, '2026-11-29 00:09:09.715627+00', '2026-11-01 12:00:00+00', NULL, '', 1, 1, NULL);
INSERT INTO public.django_content_type VALUES (1, 'classifier', 'apitoken');
INSERT INTO public.django_content_type VALUES (2, 'classifier', 'drawing');
INSERT INTO public.django_content_type VALUES (3, 'classifier', 'digit');
INSERT INTO public.django_content_type VALUES (4, 'classifier', 'modelversion');
INSERT INTO public.django_content_type VALUES (5, 'classifier', 'prediction');
INSERT INTO public.django_content_type VALUES (6, 'classifier', 'activation');
INSERT INTO public.django_content_type VALUES (7, 'classifier', 'correction');
INSERT INTO public.django_content_type VALUES (8, 'classifier', 'rereading');
INSERT INTO public.django_content_type VALUES (9, 'classifier', 'idempotencykey');
INSERT INTO public.django_content_type VALUES (10, 'classifier', 'batchfile');
INSERT INTO public.django_content_type VALUES (11, 'classifier', 'batch');
INSERT INTO public.django_content_type VALUES (12, 'classifier', 'closedaccount');
INSERT INTO public.django_content_type VALUES (13, 'classifier', 'foreignversion');
INSERT INTO public.django_content_type VALUES (14, 'classifier', 'import');
INSERT INTO public.django_content_type VALUES (15, 'classifier', 'importproblem');
INSERT INTO public.django_content_type VALUES (16, 'training', 'measurement');
INSERT INTO public.django_content_type VALUES (17, 'training', 'trainingrun');
INSERT INTO public.django_content_type VALUES (18, 'training', 'runpoint');
INSERT INTO public.django_content_type VALUES (19, 'admin', 'logentry');
INSERT INTO public.django_content_type VALUES (20, 'auth', 'permission');
INSERT INTO public.django_content_type VALUES (21, 'auth', 'group');
INSERT INTO public.django_content_type VALUES (22, 'auth', 'user');
INSERT INTO public.django_content_type VALUES (23, 'contenttypes', 'contenttype');
INSERT INTO public.django_content_type VALUES (24, 'sessions', 'session');
INSERT INTO public.django_content_type VALUES (25, 'account', 'emailaddress');
INSERT INTO public.django_content_type VALUES (26, 'account', 'emailconfirmation');
INSERT INTO public.django_content_type VALUES (27, 'usersessions', 'usersession');
INSERT INTO public.django_migrations VALUES (1, 'contenttypes', '0001_initial', '2026-11-29 00:09:07.512294+00');
INSERT INTO public.django_migrations VALUES (2, 'auth', '0001_initial', '2026-11-29 00:09:07.575904+00');
INSERT INTO public.django_migrations VALUES (3, 'account', '0001_initial', '2026-11-29 00:09:07.600555+00');
INSERT INTO public.django_migrations VALUES (4, 'account', '0002_email_max_length', '2026-11-29 00:09:07.605072+00');
INSERT INTO public.django_migrations VALUES (5, 'account', '0003_alter_emailaddress_create_unique_verified_email', '2026-11-29 00:09:07.612785+00');
INSERT INTO public.django_migrations VALUES (6, 'account', '0004_alter_emailaddress_drop_unique_email', '2026-11-29 00:09:07.620835+00');
INSERT INTO public.django_migrations VALUES (7, 'account', '0005_emailaddress_idx_upper_email', '2026-11-29 00:09:07.625309+00');
INSERT INTO public.django_migrations VALUES (8, 'account', '0006_emailaddress_lower', '2026-11-29 00:09:07.630106+00');
INSERT INTO public.django_migrations VALUES (9, 'account', '0007_emailaddress_idx_email', '2026-11-29 00:09:07.637736+00');
INSERT INTO public.django_migrations VALUES (10, 'account', '0008_emailaddress_unique_primary_email_fixup', '2026-11-29 00:09:07.647511+00');
INSERT INTO public.django_migrations VALUES (11, 'account', '0009_emailaddress_unique_primary_email', '2026-11-29 00:09:07.651612+00');
INSERT INTO public.django_migrations VALUES (12, 'admin', '0001_initial', '2026-11-29 00:09:07.660004+00');
INSERT INTO public.django_migrations VALUES (13, 'admin', '0002_logentry_remove_auto_add', '2026-11-29 00:09:07.664716+00');
INSERT INTO public.django_migrations VALUES (14, 'admin', '0003_logentry_add_action_flag_choices', '2026-11-29 00:09:07.668311+00');
INSERT INTO public.django_migrations VALUES (15, 'contenttypes', '0002_remove_content_type_name', '2026-11-29 00:09:07.675744+00');
INSERT INTO public.django_migrations VALUES (16, 'auth', '0002_alter_permission_name_max_length', '2026-11-29 00:09:07.679842+00');
INSERT INTO public.django_migrations VALUES (17, 'auth', '0003_alter_user_email_max_length', '2026-11-29 00:09:07.68378+00');
INSERT INTO public.django_migrations VALUES (18, 'auth', '0004_alter_user_username_opts', '2026-11-29 00:09:07.687548+00');
INSERT INTO public.django_migrations VALUES (19, 'auth', '0005_alter_user_last_login_null', '2026-11-29 00:09:07.691399+00');
INSERT INTO public.django_migrations VALUES (20, 'auth', '0006_require_contenttypes_0002', '2026-11-29 00:09:07.691739+00');
INSERT INTO public.django_migrations VALUES (21, 'auth', '0007_alter_validators_add_error_messages', '2026-11-29 00:09:07.696751+00');
INSERT INTO public.django_migrations VALUES (22, 'auth', '0008_alter_user_username_max_length', '2026-11-29 00:09:07.702046+00');
INSERT INTO public.django_migrations VALUES (23, 'auth', '0009_alter_user_last_name_max_length', '2026-11-29 00:09:07.70571+00');
INSERT INTO public.django_migrations VALUES (24, 'auth', '0010_alter_group_name_max_length', '2026-11-29 00:09:07.710239+00');
INSERT INTO public.django_migrations VALUES (25, 'auth', '0011_update_proxy_permissions', '2026-11-29 00:09:07.713899+00');
INSERT INTO public.django_migrations VALUES (26, 'auth', '0012_alter_user_first_name_max_length', '2026-11-29 00:09:07.717603+00');
INSERT INTO public.django_migrations VALUES (27, 'classifier', '0001_initial', '2026-11-29 00:09:07.835229+00');
INSERT INTO public.django_migrations VALUES (28, 'classifier', '0002_corrections_and_activations', '2026-11-29 00:09:07.903953+00');
INSERT INTO public.django_migrations VALUES (29, 'classifier', '0003_found_by_day', '2026-11-29 00:09:07.914393+00');
INSERT INTO public.django_migrations VALUES (30, 'classifier', '0004_verdicts_and_numbers', '2026-11-29 00:09:07.9399+00');
INSERT INTO public.django_migrations VALUES (31, 'classifier', '0005_history', '2026-11-29 00:09:08.166916+00');
INSERT INTO public.django_migrations VALUES (32, 'classifier', '0006_tokens', '2026-11-29 00:09:08.205319+00');
INSERT INTO public.django_migrations VALUES (33, 'classifier', '0007_batches', '2026-11-29 00:09:08.306854+00');
INSERT INTO public.django_migrations VALUES (34, 'classifier', '0008_accounts', '2026-11-29 00:09:08.339117+00');
INSERT INTO public.django_migrations VALUES (35, 'classifier', '0009_imports', '2026-11-29 00:09:08.864641+00');
INSERT INTO public.django_migrations VALUES (36, 'classifier', '0010_imported_batches', '2026-11-29 00:09:09.012038+00');
INSERT INTO public.django_migrations VALUES (37, 'classifier', '0011_found_by_true_label', '2026-11-29 00:09:09.302795+00');
INSERT INTO public.django_migrations VALUES (38, 'classifier', '0012_indexes', '2026-11-29 00:09:09.422743+00');
INSERT INTO public.django_migrations VALUES (39, 'sessions', '0001_initial', '2026-11-29 00:09:09.427815+00');
INSERT INTO public.django_migrations VALUES (40, 'training', '0001_initial', '2026-11-29 00:09:09.527556+00');
INSERT INTO public.django_migrations VALUES (41, 'usersessions', '0001_initial', '2026-11-29 00:09:09.574929+00');
INSERT INTO public.training_trainingrun VALUES (1, '42780034-cf50-4f30-8691-8a8c55f0d82c', '{}', false, 'queued', '2026-11-29 00:09:09.719533+00', '2026-11-01 11:59:00+00', NULL, NULL, NULL, false, '', 0, 0, 0, 0, NULL, '', '', NULL, NULL);
INSERT INTO public.training_trainingrun VALUES (2, '12657891-12fd-4120-8177-958426cf1cde', '{}', false, 'running', '2026-11-29 00:09:09.72054+00', '2026-11-01 11:59:00+00', '2026-11-01 12:00:00+00', NULL, '2026-11-01 12:00:00+00', false, '', 0, 0, 0, 0, NULL, '', '', NULL, NULL);
INSERT INTO public.training_trainingrun VALUES (3, 'c2c0e6f4-3608-49b7-a9f1-3e66309e5d91', '{}', false, 'done', '2026-11-29 00:09:09.721109+00', '2026-11-01 11:59:00+00', '2026-11-01 12:00:00+00', '2026-11-01 12:00:00+00', '2026-11-01 12:00:00+00', false, '', 0, 0, 0, 0, NULL, '', '', NULL, NULL);
SELECT pg_catalog.setval('public.account_emailaddress_id_seq', 1, false);
SELECT pg_catalog.setval('public.account_emailconfirmation_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_group_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_permission_id_seq', 111, true);
SELECT pg_catalog.setval('public.auth_user_groups_id_seq', 1, false);
SELECT pg_catalog.setval('public.auth_user_id_seq', 1, true);
SELECT pg_catalog.setval('public.auth_user_user_permissions_id_seq', 1, false);
SELECT pg_catalog.setval('public.classifier_activation_id_seq', 1, false);
SELECT pg_catalog.setval('public.classifier_apitoken_id_seq', 1, false);
SELECT pg_catalog.setval('public.classifier_batch_id_seq', 3, true);
SELECT pg_catalog.setval('public.classifier_batchfile_id_seq', 1, false);
SELECT pg_catalog.setval('public.classifier_closedaccount_id_seq', 1, false);
SELECT pg_catalog.setval('public.classifier_correction_id_seq', 1, true);
SELECT pg_catalog.setval('public.classifier_digit_id_seq', 3, true);
SELECT pg_catalog.setval('public.classifier_drawing_id_seq', 3, true);
SELECT pg_catalog.setval('public.classifier_foreignversion_id_seq', 1, true);
SELECT pg_catalog.setval('public.classifier_idempotencykey_id_seq', 1, false);
SELECT pg_catalog.setval('public.classifier_import_id_seq', 1, true);
SELECT pg_catalog.setval('public.classifier_importproblem_id_seq', 1, false);
SELECT pg_catalog.setval('public.classifier_modelversion_id_seq', 1, true);
SELECT pg_catalog.setval('public.classifier_prediction_id_seq', 3, true);
SELECT pg_catalog.setval('public.classifier_rereading_id_seq', 1, true);
SELECT pg_catalog.setval('public.django_admin_log_id_seq', 1, false);
SELECT pg_catalog.setval('public.django_content_type_id_seq', 27, true);
SELECT pg_catalog.setval('public.django_migrations_id_seq', 41, true);
SELECT pg_catalog.setval('public.training_measurement_id_seq', 1, false);
SELECT pg_catalog.setval('public.training_runpoint_id_seq', 1, false);
SELECT pg_catalog.setval('public.training_trainingrun_id_seq', 3, true);
SELECT pg_catalog.setval('public.usersessions_usersession_id_seq', 1, false);
ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_email_987c8728_uniq UNIQUE (user_id, email);
ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_key_key UNIQUE (key);
ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirmation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_name_key UNIQUE (name);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_permission_id_0cd325b0_uniq UNIQUE (group_id, permission_id);
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_group
    ADD CONSTRAINT auth_group_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_codename_01ab375a_uniq UNIQUE (content_type_id, codename);
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_user_id_group_id_94350c0c_uniq UNIQUE (user_id, group_id);
ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_user_id_permission_id_14a6b632_uniq UNIQUE (user_id, permission_id);
ALTER TABLE ONLY public.auth_user
    ADD CONSTRAINT auth_user_username_key UNIQUE (username);
ALTER TABLE ONLY public.classifier_activation
    ADD CONSTRAINT classifier_activation_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_apitoken
    ADD CONSTRAINT classifier_apitoken_digest_key UNIQUE (digest);
ALTER TABLE ONLY public.classifier_apitoken
    ADD CONSTRAINT classifier_apitoken_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_apitoken
    ADD CONSTRAINT classifier_apitoken_public_id_key UNIQUE (public_id);
ALTER TABLE ONLY public.classifier_batch
    ADD CONSTRAINT classifier_batch_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_batch
    ADD CONSTRAINT classifier_batch_public_id_key UNIQUE (public_id);
ALTER TABLE ONLY public.classifier_batchfile
    ADD CONSTRAINT classifier_batchfile_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_closedaccount
    ADD CONSTRAINT classifier_closedaccount_account_id_key UNIQUE (account_id);
ALTER TABLE ONLY public.classifier_closedaccount
    ADD CONSTRAINT classifier_closedaccount_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_correction
    ADD CONSTRAINT classifier_correction_digit_id_key UNIQUE (digit_id);
ALTER TABLE ONLY public.classifier_correction
    ADD CONSTRAINT classifier_correction_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_digit
    ADD CONSTRAINT classifier_digit_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_digit
    ADD CONSTRAINT classifier_digit_public_id_key UNIQUE (public_id);
ALTER TABLE ONLY public.classifier_drawing
    ADD CONSTRAINT classifier_drawing_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_drawing
    ADD CONSTRAINT classifier_drawing_public_id_key UNIQUE (public_id);
ALTER TABLE ONLY public.classifier_foreignversion
    ADD CONSTRAINT classifier_foreignversion_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_idempotencykey
    ADD CONSTRAINT classifier_idempotencykey_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_import
    ADD CONSTRAINT classifier_import_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_import
    ADD CONSTRAINT classifier_import_public_id_key UNIQUE (public_id);
ALTER TABLE ONLY public.classifier_importproblem
    ADD CONSTRAINT classifier_importproblem_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_modelversion
    ADD CONSTRAINT classifier_modelversion_name_key UNIQUE (name);
ALTER TABLE ONLY public.classifier_modelversion
    ADD CONSTRAINT classifier_modelversion_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_modelversion
    ADD CONSTRAINT classifier_modelversion_public_id_key UNIQUE (public_id);
ALTER TABLE ONLY public.classifier_modelversion
    ADD CONSTRAINT classifier_modelversion_tflite_sha256_key UNIQUE (tflite_sha256);
ALTER TABLE ONLY public.classifier_prediction
    ADD CONSTRAINT classifier_prediction_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_rereading
    ADD CONSTRAINT classifier_rereading_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.classifier_rereading
    ADD CONSTRAINT classifier_rereading_public_id_key UNIQUE (public_id);
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_app_label_model_76bd3d3b_uniq UNIQUE (app_label, model);
ALTER TABLE ONLY public.django_content_type
    ADD CONSTRAINT django_content_type_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_migrations
    ADD CONSTRAINT django_migrations_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.django_session
    ADD CONSTRAINT django_session_pkey PRIMARY KEY (session_key);
ALTER TABLE ONLY public.classifier_digit
    ADD CONSTRAINT one_digit_at_a_position UNIQUE (drawing_id, "position");
ALTER TABLE ONLY public.classifier_foreignversion
    ADD CONSTRAINT one_foreign_version_per_checksum UNIQUE (owner_id, tflite_sha256);
ALTER TABLE ONLY public.classifier_prediction
    ADD CONSTRAINT one_prediction_per_version_and_revision UNIQUE (digit_id, revision, model_version_id);
ALTER TABLE ONLY public.classifier_idempotencykey
    ADD CONSTRAINT one_request_with_a_key UNIQUE (owner_id, digest);
ALTER TABLE ONLY public.training_measurement
    ADD CONSTRAINT training_measurement_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.training_measurement
    ADD CONSTRAINT training_measurement_version_id_key UNIQUE (version_id);
ALTER TABLE ONLY public.training_runpoint
    ADD CONSTRAINT training_runpoint_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.training_trainingrun
    ADD CONSTRAINT training_trainingrun_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.training_trainingrun
    ADD CONSTRAINT training_trainingrun_public_id_key UNIQUE (public_id);
ALTER TABLE ONLY public.training_trainingrun
    ADD CONSTRAINT training_trainingrun_version_id_key UNIQUE (version_id);
ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_pkey PRIMARY KEY (id);
ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_session_key_key UNIQUE (session_key);
CREATE INDEX account_emailaddress_email_03be32b2 ON public.account_emailaddress USING btree (email);
CREATE INDEX account_emailaddress_email_03be32b2_like ON public.account_emailaddress USING btree (email varchar_pattern_ops);
CREATE INDEX account_emailaddress_user_id_2c513194 ON public.account_emailaddress USING btree (user_id);
CREATE INDEX account_emailconfirmation_email_address_id_5b7f8c58 ON public.account_emailconfirmation USING btree (email_address_id);
CREATE INDEX account_emailconfirmation_key_f43612bd_like ON public.account_emailconfirmation USING btree (key varchar_pattern_ops);
CREATE INDEX auth_group_name_a6ea08ec_like ON public.auth_group USING btree (name varchar_pattern_ops);
CREATE INDEX auth_group_permissions_group_id_b120cbf9 ON public.auth_group_permissions USING btree (group_id);
CREATE INDEX auth_group_permissions_permission_id_84c5c92e ON public.auth_group_permissions USING btree (permission_id);
CREATE INDEX auth_permission_content_type_id_2f476e4b ON public.auth_permission USING btree (content_type_id);
CREATE INDEX auth_user_groups_group_id_97559544 ON public.auth_user_groups USING btree (group_id);
CREATE INDEX auth_user_groups_user_id_6a12ed8b ON public.auth_user_groups USING btree (user_id);
CREATE INDEX auth_user_user_permissions_permission_id_1fbb5f2c ON public.auth_user_user_permissions USING btree (permission_id);
CREATE INDEX auth_user_user_permissions_user_id_a95ead1b ON public.auth_user_user_permissions USING btree (user_id);
CREATE INDEX auth_user_username_6821ab7c_like ON public.auth_user USING btree (username varchar_pattern_ops);
CREATE INDEX batch_at_work ON public.classifier_batch USING btree (sign) WHERE ((status)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying, 'deleted'::character varying])::text[]));
CREATE INDEX batch_by_import ON public.classifier_batch USING btree (brought_by_id) WHERE (brought_by_id IS NOT NULL);
CREATE INDEX batch_by_origin ON public.classifier_batch USING btree (owner_id, origin) WHERE (origin IS NOT NULL);
CREATE INDEX batch_file_in_order ON public.classifier_batchfile USING btree (batch_id, id);
CREATE INDEX batch_owner_newest ON public.classifier_batch USING btree (owner_id, id DESC);
CREATE INDEX classifier_activation_by_id_9d5318a1 ON public.classifier_activation USING btree (by_id);
CREATE INDEX classifier_activation_previous_id_f25249aa ON public.classifier_activation USING btree (previous_id);
CREATE INDEX classifier_activation_version_id_eb1a8d32 ON public.classifier_activation USING btree (version_id);
CREATE INDEX classifier_apitoken_digest_aba2d473_like ON public.classifier_apitoken USING btree (digest varchar_pattern_ops);
CREATE INDEX classifier_apitoken_owner_id_d326081f ON public.classifier_apitoken USING btree (owner_id);
CREATE INDEX classifier_batch_owner_id_31c173a6 ON public.classifier_batch USING btree (owner_id);
CREATE INDEX classifier_correction_reviewed_by_id_582ad2f8 ON public.classifier_correction USING btree (reviewed_by_id);
CREATE INDEX classifier_foreignversion_owner_id_85e63ae6 ON public.classifier_foreignversion USING btree (owner_id);
CREATE INDEX classifier_idempotencykey_created_30c80f92 ON public.classifier_idempotencykey USING btree (created);
CREATE INDEX classifier_idempotencykey_owner_id_dba94ef5 ON public.classifier_idempotencykey USING btree (owner_id);
CREATE INDEX classifier_import_owner_id_aebae8a6 ON public.classifier_import USING btree (owner_id);
CREATE INDEX classifier_importproblem_taken_id_74a0a131 ON public.classifier_importproblem USING btree (taken_id);
CREATE INDEX classifier_modelversion_name_bf784557_like ON public.classifier_modelversion USING btree (name varchar_pattern_ops);
CREATE INDEX classifier_modelversion_tflite_sha256_3e5d5f1d_like ON public.classifier_modelversion USING btree (tflite_sha256 varchar_pattern_ops);
CREATE INDEX classifier_prediction_model_version_id_802a7458 ON public.classifier_prediction USING btree (model_version_id);
CREATE INDEX classifier_rereading_model_version_id_c0a3d8f3 ON public.classifier_rereading USING btree (model_version_id);
CREATE INDEX classifier_rereading_owner_id_3e03c032 ON public.classifier_rereading USING btree (owner_id);
CREATE INDEX classifier_rereading_requested_by_id_a73cc5e8 ON public.classifier_rereading USING btree (requested_by_id);
CREATE INDEX correction_by_review ON public.classifier_correction USING btree (review, id);
CREATE INDEX digit_by_read ON public.classifier_digit USING btree (owner_id, read, id DESC, confidence, created, verdict, status, said, true_label, version_id, foreign_version_id, source);
CREATE INDEX digit_known ON public.classifier_digit USING btree (owner_id, created, id, said, true_label, read, confidence) WHERE ((said IS NOT NULL) OR (true_label IS NOT NULL));
CREATE INDEX digit_newest ON public.classifier_digit USING btree (owner_id, created, id, read, confidence, verdict, status, said, true_label, version_id, foreign_version_id, source);
CREATE INDEX digit_of_batch ON public.classifier_digit USING btree (owner_id, batch_id, created, id, read, confidence, verdict, said, true_label) WHERE (batch_id IS NOT NULL);
CREATE INDEX digit_owner ON public.classifier_digit USING btree (owner_id);
CREATE INDEX digit_surest ON public.classifier_digit USING btree (owner_id, confidence, id, read, created, verdict, status, said, true_label, version_id, foreign_version_id, source);
CREATE INDEX django_admin_log_content_type_id_c4bce8eb ON public.django_admin_log USING btree (content_type_id);
CREATE INDEX django_admin_log_user_id_c564eba6 ON public.django_admin_log USING btree (user_id);
CREATE INDEX django_session_expire_date_a5c62663 ON public.django_session USING btree (expire_date);
CREATE INDEX django_session_session_key_c0390e0f_like ON public.django_session USING btree (session_key varchar_pattern_ops);
CREATE INDEX drawing_by_day ON public.classifier_drawing USING btree (created);
CREATE INDEX drawing_by_import ON public.classifier_drawing USING btree (brought_by_id) WHERE (brought_by_id IS NOT NULL);
CREATE INDEX drawing_by_origin ON public.classifier_drawing USING btree (owner_id, origin) WHERE (origin IS NOT NULL);
CREATE INDEX drawing_deleted ON public.classifier_drawing USING btree (owner_id, deleted, id) WHERE (deleted IS NOT NULL);
CREATE INDEX drawing_of_batch ON public.classifier_drawing USING btree (batch_id, id) WHERE (batch_id IS NOT NULL);
CREATE INDEX drawing_owner_newest ON public.classifier_drawing USING btree (owner_id, id DESC);
CREATE UNIQUE INDEX one_active_model_version ON public.classifier_modelversion USING btree (is_active) WHERE is_active;
CREATE UNIQUE INDEX one_import_at_work_per_person ON public.classifier_import USING btree (owner_id) WHERE ((status)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying, 'removing'::character varying])::text[]));
CREATE UNIQUE INDEX one_prediction_per_foreign_version ON public.classifier_prediction USING btree (foreign_version_id, digit_id, revision) WHERE (foreign_version_id IS NOT NULL);
CREATE UNIQUE INDEX one_running_training_run ON public.training_trainingrun USING btree (status) WHERE ((status)::text = 'running'::text);
CREATE UNIQUE INDEX one_unanswered_prediction_per_revision ON public.classifier_prediction USING btree (digit_id, revision) WHERE ((foreign_version_id IS NULL) AND (model_version_id IS NULL));
CREATE UNIQUE INDEX one_unfinished_rereading_per_person_and_version ON public.classifier_rereading USING btree (owner_id, model_version_id) WHERE ((status)::text = ANY ((ARRAY['queued'::character varying, 'running'::character varying])::text[]));
CREATE INDEX prediction_by_day ON public.classifier_prediction USING btree (created);
CREATE INDEX prediction_waiting ON public.classifier_prediction USING btree (sent) WHERE ((status)::text = 'queued'::text);
CREATE INDEX training_runpoint_run_id_8fa5899b ON public.training_runpoint USING btree (run_id);
CREATE INDEX training_trainingrun_requested_by_id_0f287159 ON public.training_trainingrun USING btree (requested_by_id);
CREATE UNIQUE INDEX unique_primary_email ON public.account_emailaddress USING btree (user_id, "primary") WHERE "primary";
CREATE UNIQUE INDEX unique_verified_email ON public.account_emailaddress USING btree (email) WHERE verified;
CREATE INDEX usersessions_usersession_session_key_fd35de43_like ON public.usersessions_usersession USING btree (session_key varchar_pattern_ops);
CREATE INDEX usersessions_usersession_user_id_af5e0a6d ON public.usersessions_usersession USING btree (user_id);
CREATE TRIGGER digit_answered AFTER UPDATE OF status, verdict, label, confidence, model_version_id, foreign_version_id, revision ON public.classifier_prediction FOR EACH ROW EXECUTE FUNCTION public.digit_answered();
CREATE TRIGGER digit_answered_at_once AFTER INSERT ON public.classifier_prediction FOR EACH ROW WHEN (((new.status)::text <> 'queued'::text)) EXECUTE FUNCTION public.digit_answered_at_once();
CREATE TRIGGER digit_corrected AFTER INSERT ON public.classifier_correction FOR EACH ROW EXECUTE FUNCTION public.digit_corrected();
CREATE TRIGGER digit_corrected_anew AFTER UPDATE OF label ON public.classifier_correction FOR EACH ROW EXECUTE FUNCTION public.digit_corrected_anew();
CREATE TRIGGER digit_correction_taken_back AFTER DELETE ON public.classifier_correction FOR EACH ROW EXECUTE FUNCTION public.digit_correction_taken_back();
CREATE TRIGGER digit_drawing_changed AFTER UPDATE OF owner_id, source, created, deleted, true_label, batch_id ON public.classifier_drawing FOR EACH ROW WHEN (((new.owner_id <> old.owner_id) OR ((new.source)::text <> (old.source)::text) OR (new.created <> old.created) OR ((new.deleted IS NULL) <> (old.deleted IS NULL)) OR (COALESCE((new.true_label)::integer, '-9'::integer) <> COALESCE((old.true_label)::integer, '-9'::integer)) OR (COALESCE(new.batch_id, ('-9'::integer)::bigint) <> COALESCE(old.batch_id, ('-9'::integer)::bigint)))) EXECUTE FUNCTION public.digit_drawing_changed();
CREATE TRIGGER digit_drawing_revised AFTER UPDATE OF revision ON public.classifier_drawing FOR EACH ROW WHEN ((new.revision <> old.revision)) EXECUTE FUNCTION public.digit_drawing_revised();
CREATE TRIGGER digit_of_drawing AFTER INSERT ON public.classifier_digit FOR EACH ROW WHEN ((new.owner_id IS NULL)) EXECUTE FUNCTION public.digit_of_drawing();
ALTER TABLE ONLY public.account_emailaddress
    ADD CONSTRAINT account_emailaddress_user_id_2c513194_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.account_emailconfirmation
    ADD CONSTRAINT account_emailconfirm_email_address_id_5b7f8c58_fk_account_e FOREIGN KEY (email_address_id) REFERENCES public.account_emailaddress(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissio_permission_id_84c5c92e_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_group_permissions
    ADD CONSTRAINT auth_group_permissions_group_id_b120cbf9_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_permission
    ADD CONSTRAINT auth_permission_content_type_id_2f476e4b_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_group_id_97559544_fk_auth_group_id FOREIGN KEY (group_id) REFERENCES public.auth_group(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_groups
    ADD CONSTRAINT auth_user_groups_user_id_6a12ed8b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permi_permission_id_1fbb5f2c_fk_auth_perm FOREIGN KEY (permission_id) REFERENCES public.auth_permission(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.auth_user_user_permissions
    ADD CONSTRAINT auth_user_user_permissions_user_id_a95ead1b_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_activation
    ADD CONSTRAINT classifier_activatio_previous_id_f25249aa_fk_classifie FOREIGN KEY (previous_id) REFERENCES public.classifier_modelversion(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_activation
    ADD CONSTRAINT classifier_activatio_version_id_eb1a8d32_fk_classifie FOREIGN KEY (version_id) REFERENCES public.classifier_modelversion(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_activation
    ADD CONSTRAINT classifier_activation_by_id_9d5318a1_fk_auth_user_id FOREIGN KEY (by_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_apitoken
    ADD CONSTRAINT classifier_apitoken_owner_id_d326081f_fk_auth_user_id FOREIGN KEY (owner_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_batch
    ADD CONSTRAINT classifier_batch_brought_by_id_11bd660c_fk_classifier_import_id FOREIGN KEY (brought_by_id) REFERENCES public.classifier_import(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_batch
    ADD CONSTRAINT classifier_batch_owner_id_31c173a6_fk_auth_user_id FOREIGN KEY (owner_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_batchfile
    ADD CONSTRAINT classifier_batchfile_batch_id_01be0545_fk_classifier_batch_id FOREIGN KEY (batch_id) REFERENCES public.classifier_batch(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_closedaccount
    ADD CONSTRAINT classifier_closedaccount_account_id_be191b91_fk_auth_user_id FOREIGN KEY (account_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_correction
    ADD CONSTRAINT classifier_correction_digit_id_11fdbe42_fk_classifier_digit_id FOREIGN KEY (digit_id) REFERENCES public.classifier_digit(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_correction
    ADD CONSTRAINT classifier_correction_reviewed_by_id_582ad2f8_fk_auth_user_id FOREIGN KEY (reviewed_by_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_digit
    ADD CONSTRAINT classifier_digit_drawing_id_e456b24f_fk_classifier_drawing_id FOREIGN KEY (drawing_id) REFERENCES public.classifier_drawing(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_drawing
    ADD CONSTRAINT classifier_drawing_batch_id_8a210d45_fk_classifier_batch_id FOREIGN KEY (batch_id) REFERENCES public.classifier_batch(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_drawing
    ADD CONSTRAINT classifier_drawing_brought_by_id_ac39a778_fk_classifie FOREIGN KEY (brought_by_id) REFERENCES public.classifier_import(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_drawing
    ADD CONSTRAINT classifier_drawing_owner_id_28a98067_fk_auth_user_id FOREIGN KEY (owner_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_foreignversion
    ADD CONSTRAINT classifier_foreignversion_owner_id_85e63ae6_fk_auth_user_id FOREIGN KEY (owner_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_idempotencykey
    ADD CONSTRAINT classifier_idempotencykey_owner_id_dba94ef5_fk_auth_user_id FOREIGN KEY (owner_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_import
    ADD CONSTRAINT classifier_import_owner_id_aebae8a6_fk_auth_user_id FOREIGN KEY (owner_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_importproblem
    ADD CONSTRAINT classifier_importpro_taken_id_74a0a131_fk_classifie FOREIGN KEY (taken_id) REFERENCES public.classifier_import(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_prediction
    ADD CONSTRAINT classifier_predictio_foreign_version_id_9c3763af_fk_classifie FOREIGN KEY (foreign_version_id) REFERENCES public.classifier_foreignversion(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_prediction
    ADD CONSTRAINT classifier_predictio_model_version_id_802a7458_fk_classifie FOREIGN KEY (model_version_id) REFERENCES public.classifier_modelversion(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_prediction
    ADD CONSTRAINT classifier_prediction_digit_id_80ec4e93_fk_classifier_digit_id FOREIGN KEY (digit_id) REFERENCES public.classifier_digit(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_rereading
    ADD CONSTRAINT classifier_rereading_model_version_id_c0a3d8f3_fk_classifie FOREIGN KEY (model_version_id) REFERENCES public.classifier_modelversion(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_rereading
    ADD CONSTRAINT classifier_rereading_owner_id_3e03c032_fk_auth_user_id FOREIGN KEY (owner_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.classifier_rereading
    ADD CONSTRAINT classifier_rereading_requested_by_id_a73cc5e8_fk_auth_user_id FOREIGN KEY (requested_by_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_content_type_id_c4bce8eb_fk_django_co FOREIGN KEY (content_type_id) REFERENCES public.django_content_type(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.django_admin_log
    ADD CONSTRAINT django_admin_log_user_id_c564eba6_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.training_measurement
    ADD CONSTRAINT training_measurement_version_id_3ec9e728_fk_classifie FOREIGN KEY (version_id) REFERENCES public.classifier_modelversion(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.training_runpoint
    ADD CONSTRAINT training_runpoint_run_id_8fa5899b_fk_training_trainingrun_id FOREIGN KEY (run_id) REFERENCES public.training_trainingrun(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.training_trainingrun
    ADD CONSTRAINT training_trainingrun_requested_by_id_0f287159_fk_auth_user_id FOREIGN KEY (requested_by_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.training_trainingrun
    ADD CONSTRAINT training_trainingrun_version_id_d61d35d0_fk_classifie FOREIGN KEY (version_id) REFERENCES public.classifier_modelversion(id) DEFERRABLE INITIALLY DEFERRED;
ALTER TABLE ONLY public.usersessions_usersession
    ADD CONSTRAINT usersessions_usersession_user_id_af5e0a6d_fk_auth_user_id FOREIGN KEY (user_id) REFERENCES public.auth_user(id) DEFERRABLE INITIALLY DEFERRED;
