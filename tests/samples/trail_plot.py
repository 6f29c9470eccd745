"""Puts the whole together: the story first, then as much ordinary traffic as makes the total."""
import trail_people
import trail_pipelines
import trail_services
import trail_story
from trail_world import Trail

EVENTS = 4812
# Events under each name, as the screens of the manual show them.
IVY, DEPLOY, RUNNER, RUNNER_DENIED = 214, 1204, 990, 22
ADMIN_S1, BACKUP_X = 188, 61
OUTSIDE_READS = 40


def named(trail, name):
    return sum(1 for event in trail.events if event[3]["userIdentity"].get("userName") == name)


def of_session(trail, arn_end):
    return sum(1 for event in trail.events
               if event[3]["userIdentity"].get("arn", "").endswith(arn_end))


def story(trail):
    trail_story.guessing(trail)
    ivy = trail_story.look_around(trail)
    trail_story.dig_in(trail, ivy)
    trail_story.secrets(trail, ivy)
    trail_story.blind(trail, ivy)
    s1 = trail_story.become_admin(trail, ivy)
    x = trail_story.chain(trail, s1)
    trail_story.take_backups(trail, s1, ADMIN_S1 - of_session(trail, "AdminRole/s1"))
    trail_story.other_account(trail, x, BACKUP_X)
    trail_story.outside_reads(trail, OUTSIDE_READS)
    trail_story.mine(trail)
    trail_story.response(trail)


def everything(trail, lost):
    """Fills TRAIL so that EVENTS remain when LOST records never arrive."""
    story(trail)
    trail_people.staff(trail, IVY - named(trail, "ivy"))
    trail_pipelines.moved(trail)
    trail_pipelines.terraform(trail, DEPLOY - named(trail, "deploy-svc"))
    trail_pipelines.builds(trail, RUNNER, RUNNER_DENIED)
    trail_services.services(trail, EVENTS + lost - len(trail.events))
    assert isinstance(trail, Trail) and len(trail.events) == EVENTS + lost
