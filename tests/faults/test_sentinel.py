"""Three sentinels replace a master that is killed: the site goes on, and nothing that it accepted is lost."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis

from tests.faults.test_killed_processes import ACCEPTED, Person, wait_until_well
from tests.redis_servers import ENCODED, PASSWORD, NetworkRedis, redis_on_ports, sentinels_running
from tests.services import Site, stop, wait_until

pytestmark = [pytest.mark.fault, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def watched(tmp_path) -> Iterator[tuple[Site, NetworkRedis]]:
    """A site that finds its Redis by sentinels, and the master."""
    for name in ("master", "replica", "sentinels"):
        (tmp_path / name).mkdir()
    with (
        redis_on_ports(tmp_path / "master", PASSWORD) as master,
        redis_on_ports(tmp_path / "replica", PASSWORD, replica_of=master.port),
        sentinels_running(tmp_path / "sentinels", "digits", master.port, PASSWORD) as ports,
    ):
        hosts = ",".join(f"127.0.0.1:{port}" for port in ports)
        url = f"sentinel://:{ENCODED}@{hosts}/digits/0"
        site = Site.prepare(tmp_path / "site", REDIS_URL=url, REDIS_SENTINEL_PASSWORD="of-sentinels")
        site.start()
        yield site, master
        site.stop()


def test_killed_master_is_replaced_and_nothing_is_lost(watched):
    site, master = watched
    wait_until_well(site)
    person = Person(site, "gil")
    assert person.send(prefer="wait=10") == 201
    with ThreadPoolExecutor(4) as pool:
        going = True

        def work() -> list[int]:
            statuses = []
            while going:
                statuses.append(person.send())
                time.sleep(0.05)
            return statuses

        work_of = [pool.submit(work) for _ in range(4)]
        time.sleep(2)
        master.process.kill()
        stop(master.process)
        wait_until(lambda: person.send(prefer="wait=10") == 201, 60, "the site answers at once again", every_s=0.5)
        going = False
        statuses = {status for each in work_of for status in each.result()}
    assert statuses <= ACCEPTED
    person.wait_for_all()
    wait_until_well(site)
    with redis.Redis(port=master.port, password=PASSWORD) as killed, pytest.raises(redis.ConnectionError):
        killed.ping()
    for file in (site.terminal, *(site.data_dir / "logs").glob("*.log")):
        assert ENCODED not in file.read_text()
        assert "of-sentinels" not in file.read_text()
    assert f"answers at sentinel://:…@{site.environment['REDIS_URL'].partition('@')[2]}." in site.manage("doctor")
