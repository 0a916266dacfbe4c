"""The promises, each with the tests that hold it, and the faults of the design with theirs."""

from __future__ import annotations

FAULTS = "tests/faults/test_faults.py"
CRASH = "tests/faults/test_crash.py"
CONNECTIONS = "tests/integration/test_connections.py"
JOBS = "tests/integration/test_jobs.py"
WORKER = "tests/integration/test_worker.py"
SERVICES = "tests/integration/test_services.py"
TASKS = "tests/integration/api/test_tasks.py"
ACCESS = "tests/integration/api/test_access.py"
METRICS_API = "tests/integration/sources/test_metrics_api.py"
EGRESS = "tests/integration/sources/test_egress.py"
MEMORY = "tests/integration/sources/test_memory.py"
CANARIES = "tests/integration/test_canaries.py"
SHARES = "tests/integration/dashboard/test_shares.py"
MODEL = "tests/faults/test_job_model.py"
LLM = "tests/integration/narrative/test_llm.py"
WORDING = "tests/integration/test_wording.py"

#: (promise, [(file, test, shown as)]): no test for what does not exist yet, which then says so.
PROMISES: list[tuple[str, list[tuple[str, str, str]]]] = [
    (
        "A 202 means that the job is committed: nothing accepted is lost by killing any process or by losing all of "
        "Redis.",
        [
            (FAULTS, "test_nothing_is_lost_or_doubled_and_work_goes_on", "F2, F10, F11, F16, F17"),
            (WORKER, "test_losing_the_whole_broker_loses_no_job", "the broker's memory lost"),
            (
                WORKER,
                "test_one_message_lost_from_a_queue_that_does_not_empty_is_sent_again",
                "one message lost",
            ),
        ],
    ),
    (
        "A job may start more than once; it has at most one committed result.",
        [
            (FAULTS, "test_nothing_is_lost_or_doubled_and_work_goes_on", "F1, F2, F3, F14"),
            (WORKER, "test_a_message_delivered_twice_stores_one_report", "a message delivered twice"),
            (MODEL, "test_no_illegal_transition_in_random_steps", "random steps"),
        ],
    ),
    (
        "Same Idempotency-Key, same job; a different body, 422.",
        [
            (FAULTS, "test_nothing_is_lost_or_doubled_and_work_goes_on", "F18, F19"),
            (TASKS, "test_the_same_key_and_body_give_the_same_task_another_body_is_refused", "another body"),
        ],
    ),
    (
        "A job whose worker died runs again within 30 s. One that keeps killing its worker stops after 3 attempts "
        "(`HANSEI_MAX_CRASHES`), and says why.",
        [
            (FAULTS, "test_nothing_is_lost_or_doubled_and_work_goes_on", "F1, F20"),
            (JOBS, "test_the_number_of_crashes_can_be_set", "another limit"),
        ],
    ),
    (
        "A cancelled job never publishes a result, whatever restarts.",
        [
            (FAULTS, "test_nothing_is_lost_or_doubled_and_work_goes_on", "F22, F23"),
            (WORKER, "test_a_cancelled_running_task_leaves_no_report_and_frees_its_slot", "prefork and solo"),
        ],
    ),
    (
        "Status is truthful: an unknown id is 404.",
        [
            (TASKS, "test_an_unknown_task_is_404_on_both_databases", "both databases"),
            (CRASH, "test_a_claim_is_not_forgotten", "PostgreSQL crashes"),
        ],
    ),
    (
        "Submitting works while the broker is down or frozen.",
        [(FAULTS, "test_nothing_is_lost_or_doubled_and_work_goes_on", "F7, F11")],
    ),
    (
        "A deploy hands unfinished work over; nothing waits for a time-out.",
        [
            (FAULTS, "test_nothing_is_lost_or_doubled_and_work_goes_on", "F4, prefork and solo"),
            (WORKER, "test_a_worker_told_to_stop_hands_its_job_over", "no crash is counted"),
        ],
    ),
    ("Outgoing webhooks: at least once, stable id, signed, retried, replayable.", []),
    (
        "One team's load or failing source does not stop another's.",
        [
            (JOBS, "test_one_teams_backlog_stays_in_the_database_and_others_come_next", "fairness"),
            (
                SERVICES,
                "test_a_team_with_as_many_tasks_waiting_as_it_may_is_refused_and_others_are_not",
                "cap",
            ),
            (
                CONNECTIONS,
                "test_a_task_is_accepted_while_every_other_request_waits_for_another_teams_row",
                "connections",
            ),
        ],
    ),
    (
        "Tokens and share links are stored as hashes only; no secret shows in an answer, a log, a row or an export.",
        [
            (ACCESS, "test_a_token_is_stored_as_a_hash_only", "tokens"),
            (SHARES, "test_only_the_hash_of_a_link_is_kept_and_its_address_is_shown_once", "links"),
            (CANARIES, "test_no_secret_is_in_an_answer_a_log_a_row_or_an_export", "canaries"),
        ],
    ),
    (
        "Untrusted text from a tracker cannot change a number.",
        [
            (METRICS_API, "test_names_that_are_not_metric_names_are_counted_not_shown", "foreign names"),
            (
                LLM,
                "test_a_fully_obedient_model_changes_no_number_and_brings_in_no_link_and_no_secret",
                "instructions to a language model",
            ),
        ],
    ),
]

NOT_PROMISED = (
    "Not promised: ordering; once-only calls to third parties; what a database loss takes beyond your backups; "
    "walls between the teams of one installation (a token has a scope, not a team)."
)

#: Faults that another suite tests: (fault, what holds it).
ELSEWHERE: list[tuple[str, list[tuple[str, str, str]]]] = [
    (
        "F26 upstream 429 with Retry-After, 5xx, cut-off answers",
        [
            (METRICS_API, "test_trouble_that_may_pass_is_tried_again", "tried again"),
            (METRICS_API, "test_retry_after_in_seconds_is_waited_for", "Retry-After"),
            (METRICS_API, "test_it_gives_up_after_four_tries", "typed error"),
        ],
    ),
    (
        "F27 upstream stalls, 1 byte at a time",
        [
            (METRICS_API, "test_the_deadline_covers_everything", "total deadline"),
            (EGRESS, "test_the_deadline_holds_however_slowly_the_answer_comes", "every phase"),
        ],
    ),
    (
        "F28 malformed JSON, HTML with 200, endless paging, huge body, zip bomb",
        [
            (METRICS_API, "test_refused_at_once_with_source_address_and_remedy", "refused with a remedy"),
            (METRICS_API, "test_endless_paging_ends", "paging"),
            (MEMORY, "test_peak_memory_stays_under_300_mb", "RSS < 300 MB"),
        ],
    ),
    (
        "F29 language model that is silent, limited, cut off, invalid, refusing, too long, or not there",
        [
            (
                LLM,
                "test_a_broken_answer_leaves_the_templates_prose_with_the_reason_within_the_budget",
                "the template's prose, with the reason",
            ),
            (LLM, "test_a_service_that_is_not_there_leaves_the_templates_prose", "nobody there"),
            (
                WORDING,
                "test_whatever_the_model_answers_the_report_is_stored_and_says_who_wrote_it",
                "stored, and labelled",
            ),
            (WORDING, "test_nothing_is_locked_while_the_model_is_asked", "nothing locked meanwhile"),
        ],
    ),
    (
        "F35 random steps of submit, cancel, claim, expire, finish, crash",
        [(MODEL, "test_no_illegal_transition_in_random_steps", "no illegal transition, in short")],
    ),
]

#: Faults of a part that does not exist yet, and why: none may be left out in silence.
NOT_YET: list[str] = []
