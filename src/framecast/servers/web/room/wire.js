// What members and the server say to each other about a room; docs/reference/http.md describes it.

/**
 * @typedef {"guest" | "member" | "moderator" | "owner"} Role
 * @typedef {{id: string, name: string, role: Role}} Person
 * @typedef {{kind: "link" | "mention", start: number, end: number, target: string}} Span places count code points
 * @typedef {{seq: number, name: string, text: string}} Quote
 * @typedef {{emoji: string, count: number}} Reaction
 *
 * @typedef {object} Message
 * @property {number} seq
 * @property {number} at UTC seconds
 * @property {Person} author
 * @property {string} text
 * @property {Span[]} spans
 * @property {string} [id] the id that its sender gave it
 * @property {Quote | null} reply_to
 * @property {number | null} media_time_s
 * @property {number | null} edited_at
 * @property {boolean} is_deleted
 * @property {Reaction[]} reactions
 *
 * @typedef {object} RoomEvent
 * @property {number} seq
 * @property {number} at
 * @property {"message" | "edit" | "delete" | "react" | "clear" | "pin" | "role" | "settings" | "playback"} kind
 * @property {Person | null} by
 * @property {Message} [message]
 * @property {number | string | null} [target] the seq of a message, or the id of an author (clear)
 * @property {string} [emoji]
 * @property {boolean} [on]
 * @property {number} [count]
 * @property {Record<string, any>} [settings]
 * @property {Role} [role]
 * @property {string} [author]
 * @property {any} [playback]
 *
 * @typedef {object} Room
 * @property {string} key
 * @property {string} kind
 * @property {string} title
 * @property {Record<string, any>} settings
 * @property {Message | null} pinned
 * @property {any} playback
 * @property {string | null} owner
 *
 * @typedef {object} You
 * @property {string} id
 * @property {string} name
 * @property {Role} role
 * @property {boolean} may_write
 * @property {number | null} muted_until
 * @property {boolean} may_moderate
 * @property {boolean} may_play
 * @property {string} [reason] why one may not write
 *
 * @typedef {{count: number, members: Person[] | null, typing: string[], stalled: string[]}} Presence
 *
 * @typedef {object} Welcome
 * @property {Room} room
 * @property {You} you
 * @property {string} epoch
 * @property {number} last
 * @property {boolean} is_gap
 * @property {RoomEvent[]} events
 * @property {Record<string, string[]>} mine
 * @property {string[]} ignored
 * @property {Record<string, any>} limits
 * @property {Presence} presence
 * @property {number} server_s
 * @property {number | null} [read] the newest message that this person has read
 * @property {boolean} [is_continued] added by the connection: the events go on from the last one
 */

/** At most so many messages stand in the page. */
export const MOST_MESSAGES = 300;

/** What was refused, and why; the message is for people. */
export class RoomError extends Error {
  /**
   * @param {string} kind the class of the error: `Denied`, `WouldBlock`, `Offline`, ...
   * @param {string} message
   * @param {Record<string, any>} [fields]
   */
  constructor(kind, message, fields = {}) {
    super(message);
    this.kind = kind;
    this.fields = fields;
  }

  /** Seconds until it may be tried again, 0 if that is not what is in the way. */
  get waitS() {
    return Number(this.fields.wait_s) || 0;
  }

  /** True if nobody knows whether the server has done it. */
  get isOffline() {
    return this.kind === "Offline";
  }
}
