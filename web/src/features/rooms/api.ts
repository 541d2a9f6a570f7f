/** The doors of `rooms/`. */

import { api, taken } from "$lib/api/client";
import type { RoomState } from "$lib/room/events";

const at = (room_id: string) => ({ params: { path: { room_id } } });

/** The room that somebody has open now, if any. */
export const openRoomOf = async (creator: string) =>
  (await taken(api.GET("/v1/rooms", { params: { query: { creator } } }))).data[0] ?? null;

export const listRooms = () => taken(api.GET("/v1/rooms", { params: { query: { limit: 100 } } }));

/** The room's snapshot, to draw it before the socket is there. */
export const readRoom = async (id: string): Promise<RoomState> =>
  (await taken(api.GET("/v1/rooms/{room_id}", at(id)))).state as RoomState;

export const openRoom = (title: string) => taken(api.POST("/v1/rooms", { body: { title } }));
export const closeRoom = (id: string) => taken(api.POST("/v1/rooms/{room_id}/close", at(id)));
export const sendMessage = (room: string, text: string) =>
  taken(api.POST("/v1/rooms/{room_id}/messages", { ...at(room), body: { text } }));
